//! Values on PostgreSQL's wire, by the type that the server asks for or gives.

use std::{error::Error as StdError, fmt};

use bytes::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, WrongType};

use crate::value::ValueRef;

type Failed = Box<dyn StdError + Sync + Send>;

/// A parameter. The driver logs what it sends, so what it can show is not the value.
pub(super) struct Param<'a>(pub(super) ValueRef<'a>);

impl fmt::Debug for Param<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("?")
    }
}

impl ToSql for Param<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Failed> {
        match (self.0, ty) {
            (ValueRef::Null, _) => Ok(IsNull::Yes),
            (ValueRef::Boolean(truth), &Type::BOOL) => truth.to_sql(ty, out),
            (ValueRef::Boolean(truth), _) => integer(i64::from(truth), ty, out),
            (ValueRef::Integer(number), _) => integer(number, ty, out),
            (ValueRef::Text(text), _) if <&str as ToSql>::accepts(ty) => text.to_sql(ty, out),
            (ValueRef::Blob(bytes), &Type::BYTEA) => bytes.to_sql(ty, out),
            _ => Err(wrong(ty)),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    tokio_postgres::types::to_sql_checked!();
}

fn integer(number: i64, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Failed> {
    match *ty {
        Type::INT8 => number.to_sql(ty, out),
        Type::INT4 => i32::try_from(number)?.to_sql(ty, out),
        Type::INT2 => i16::try_from(number)?.to_sql(ty, out),
        _ => Err(wrong(ty)),
    }
}

fn wrong(ty: &Type) -> Failed {
    Box::new(WrongType::new::<ValueRef<'_>>(ty.clone()))
}

impl<'a> FromSql<'a> for ValueRef<'a> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Failed> {
        Ok(match *ty {
            Type::INT8 => Self::Integer(i64::from_sql(ty, raw)?),
            Type::INT4 => Self::Integer(i32::from_sql(ty, raw)?.into()),
            Type::INT2 => Self::Integer(i16::from_sql(ty, raw)?.into()),
            Type::BOOL => Self::Boolean(bool::from_sql(ty, raw)?),
            Type::BYTEA => Self::Blob(raw),
            _ if <&str as FromSql<'_>>::accepts(ty) => Self::Text(<&str>::from_sql(ty, raw)?),
            _ => return Err(wrong(ty)),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Failed> {
        Ok(Self::Null)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}
