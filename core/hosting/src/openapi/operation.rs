//! What is said of one operation, as values that tables are made of. How it looks in the document
//! is `write`'s.

use albumen_model::ErrorCode;
use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::rules::grant::Operation as Right;

/// Where the schema of a type comes from.
pub(super) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// What tells operations of one method and path apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Selector {
    /// Nothing: what the path means by itself.
    None,
    /// A flag of the query.
    Flag(&'static str),
    /// A key of the body.
    Key(&'static str),
}

/// Who may ask.
#[derive(Clone, Copy, Debug)]
pub(super) enum Access {
    /// Everybody.
    Public,
    /// Whose access token grants one of these; or the library's secret.
    Token(&'static [Right]),
    /// Whoever has an access token and is who is named here.
    Only(&'static str),
    /// Who knows the library's secret.
    Secret,
    /// Who has the token that is in the path.
    TokenItself,
    /// A visitor of a share.
    Share,
    /// A visitor of a share who also has an access token.
    ShareAndToken(&'static [Right]),
    /// Who has the key of the console.
    Console,
}

/// A parameter of the query, or a header.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) is_header: bool,
    pub(super) is_required: bool,
    pub(super) kind: Kind,
    pub(super) says: &'static str,
}

/// What a parameter holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Text,
    /// `1` or `true` is on.
    Switch,
    /// There is on, `0` or `false` is off.
    Flag,
    Integer {
        min: u64,
        max: Option<u64>,
    },
    Words(&'static [&'static str]),
}

/// A reply of success.
#[derive(Clone, Copy)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) says: &'static str,
    pub(super) body: Option<SchemaOf>,
    pub(super) headers: &'static [(&'static str, &'static str)],
}

/// One operation of the service.
#[derive(Clone, Copy)]
pub(super) struct Operation {
    pub(super) id: &'static str,
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) selector: Selector,
    /// Numbers in the contract's table; none for what is our own.
    pub(super) rows: &'static [u16],
    /// The contract's section; empty for what is our own.
    pub(super) section: &'static str,
    pub(super) says: &'static str,
    pub(super) access: Access,
    pub(super) parameters: &'static [Parameter],
    pub(super) body: Option<SchemaOf>,
    pub(super) replies: &'static [Reply],
    pub(super) refusals: &'static [ErrorCode],
    /// Whether it is answered with anything but a refusal.
    pub(super) is_offered: bool,
}

/// The schema of a type's JSON.
pub(super) const fn json<T: JsonSchema>() -> SchemaOf {
    SchemaGenerator::subschema_for::<T>
}

/// A reply with a body.
pub(super) const fn reply<T: JsonSchema>(status: u16, says: &'static str) -> Reply {
    Reply { status, says, body: Some(json::<T>()), headers: &[] }
}

/// 200 with a body.
pub(super) const fn ok<T: JsonSchema>(says: &'static str) -> Reply {
    reply::<T>(200, says)
}

/// A reply without a body.
pub(super) const fn empty(status: u16, says: &'static str) -> Reply {
    Reply { status, says, body: None, headers: &[] }
}

/// 204.
pub(super) const DONE: Reply = empty(204, "It is done.");

/// 302 to where the bytes are.
pub(super) const TO_BYTES: Reply = Reply {
    status: 302,
    says: "Where the bytes are.",
    body: None,
    headers: &[("Location", "A signed address at the object store, good for 20 minutes.")],
};

const fn operation(id: &'static str, method: &'static str, path: &'static str) -> Operation {
    Operation {
        id,
        method,
        path,
        selector: Selector::None,
        rows: &[],
        section: "",
        says: "",
        access: Access::Public,
        parameters: &[],
        body: None,
        replies: &[],
        refusals: &[],
        is_offered: true,
    }
}

macro_rules! methods {
    ($($name:ident = $method:literal,)*) => {
        $(
            #[doc = concat!("An operation by `", $method, "`.")]
            pub(super) const fn $name(id: &'static str, path: &'static str) -> Operation {
                operation(id, $method, path)
            }
        )*
    };
}

methods! {
    get = "get",
    head = "head",
    put = "put",
    post = "post",
    patch = "patch",
    delete = "delete",
}

impl Operation {
    /// Which rows of the contract's table it is, and where the contract describes it.
    pub(super) const fn row(self, rows: &'static [u16], section: &'static str) -> Self {
        Self { rows, section, ..self }
    }

    /// A flag of the query selects it.
    pub(super) const fn flag(self, name: &'static str) -> Self {
        Self { selector: Selector::Flag(name), ..self }
    }

    /// A key of the body selects it.
    pub(super) const fn key(self, name: &'static str) -> Self {
        Self { selector: Selector::Key(name), ..self }
    }

    /// What it does.
    pub(super) const fn says(self, says: &'static str) -> Self {
        Self { says, ..self }
    }

    /// Who may ask.
    pub(super) const fn by(self, access: Access) -> Self {
        Self { access, ..self }
    }

    /// Any one of the rights is enough, each in its case.
    pub(super) const fn needs(self, rights: &'static [Right]) -> Self {
        Self { access: Access::Token(rights), ..self }
    }

    /// What it takes beside the path.
    pub(super) const fn takes(self, parameters: &'static [Parameter]) -> Self {
        Self { parameters, ..self }
    }

    /// The body it takes.
    pub(super) const fn body<T: JsonSchema>(self) -> Self {
        Self { body: Some(json::<T>()), ..self }
    }

    /// The body it takes, where no one type reads it.
    pub(super) const fn body_of(self, schema: SchemaOf) -> Self {
        Self { body: Some(schema), ..self }
    }

    /// Whether the body may be a form as well: what brings the library's secret.
    pub(super) const fn has_form_body(&self) -> bool {
        self.body.is_some() && matches!(self.access, Access::Secret)
    }

    /// What it answers when all is well.
    pub(super) const fn replies(self, replies: &'static [Reply]) -> Self {
        Self { replies, ..self }
    }

    /// What it refuses with, beside the codes that go with its access, path and body.
    pub(super) const fn refuses(self, refusals: &'static [ErrorCode]) -> Self {
        Self { refusals, ..self }
    }

    /// It is always refused.
    pub(super) const fn left_out(self, refusals: &'static [ErrorCode]) -> Self {
        Self { refusals, is_offered: false, ..self }
    }

    /// The key of its path in the document.
    pub(super) fn path_key(&self) -> String {
        match self.selector {
            Selector::None => self.path.to_owned(),
            Selector::Flag(name) | Selector::Key(name) => format!("{}#{name}", self.path),
        }
    }

    /// The group it is shown in: the first word of its path.
    pub(super) fn tag(&self) -> &'static str {
        let mut words = self.path.split('/').skip(1);
        match words.next() {
            Some("api") => words.nth(1).unwrap_or_default(),
            Some(word) => word,
            None => "",
        }
    }
}
