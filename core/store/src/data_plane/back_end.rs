//! Back ends as a configuration file names them. A key is never in that file: it names the
//! environment variables or the file that hold it, so that the configuration can be shown.

use std::{collections::BTreeMap, fs, path::PathBuf, sync::Arc};

use serde::Deserialize;
use url::Url;

use super::{CosConfig, CosDataPlane, DataPlane, S3Config, S3DataPlane, StaticCosKey};
use crate::{BucketName, Clock, Credential, Error, sign::S3Endpoint};

/// One back end: which bucket, and where its key is.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BackEndConfig {
    /// What speaks there.
    pub kind: BackEndKind,
    /// The bucket; it must be there.
    pub bucket: BucketName,
    /// What of it is ours: `name/name/`, or empty. Two services on one bucket need two.
    #[serde(default)]
    pub prefix: String,
    /// Region as the service calls it.
    pub region: String,
    /// S3: where this service reaches it, `https://s3.example.com`.
    pub endpoint: Option<String>,
    /// Where clients reach it, if that is another address.
    pub public_url: Option<String>,
    /// S3: whether the bucket is in the path, not in the host name.
    #[serde(default)]
    pub path_style: bool,
    /// File of two lines, id and secret, that nobody else can read.
    pub credential_file: Option<PathBuf>,
    /// Environment variables that hold id and secret.
    pub credential_env: Option<(String, String)>,
}

/// Which wire a back end speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BackEndKind {
    /// S3, Garage, Ceph, MinIO.
    S3,
    /// COS.
    Cos,
}

/// Back ends by name, from the text of a configuration file: an object of names, each with a
/// [`BackEndConfig`]. `variable` looks an environment variable up.
///
/// # Errors
/// [`Error::Configuration`]; it never holds what was read.
pub fn back_ends(
    text: &str,
    variable: &dyn Fn(&str) -> Option<String>,
    clock: &Arc<dyn Clock>,
) -> Result<BTreeMap<String, Arc<dyn DataPlane>>, Error> {
    let configs: BTreeMap<String, BackEndConfig> = serde_json::from_str(text)
        .map_err(|_| Error::Configuration("the list of back ends is not as documented"))?;
    let open = |(name, config): (String, BackEndConfig)| {
        let credential = config.credential(variable)?;
        Ok((name, config.open(credential, Arc::clone(clock))?))
    };
    configs.into_iter().map(open).collect()
}

impl BackEndConfig {
    fn credential(&self, variable: &dyn Fn(&str) -> Option<String>) -> Result<Credential, Error> {
        const MISSING: Error = Error::Configuration("a back end's key is not where it should be");
        if let Some((id, secret)) = &self.credential_env {
            let id = variable(id).ok_or(MISSING)?;
            return Ok(Credential::new(id, variable(secret).ok_or(MISSING)?));
        }
        let path = self.credential_file.as_ref().ok_or(MISSING)?;
        let text = fs::read_to_string(path).map_err(Error::io("read a back end's key"))?;
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let (Some(id), Some(secret)) = (lines.next(), lines.next()) else { return Err(MISSING) };
        Ok(Credential::new(id, secret))
    }

    fn open(
        self,
        credential: Credential,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<dyn DataPlane>, Error> {
        let Self { bucket, prefix, region, .. } = self;
        let public_url = self.public_url.as_deref().map(url).transpose()?;
        Ok(match self.kind {
            BackEndKind::S3 => {
                let endpoint = self.endpoint.as_deref();
                let url = url(endpoint.ok_or(Error::Configuration("an endpoint is missing"))?)?;
                let endpoint = S3Endpoint { url, region, is_path_style: self.path_style };
                let config = S3Config { endpoint, public_url, bucket, prefix, credential };
                Arc::new(S3DataPlane::new(config, clock)?)
            }
            BackEndKind::Cos => {
                let issuer = Arc::new(StaticCosKey(credential.clone()));
                let config = CosConfig { region, bucket, prefix, public_url, credential };
                Arc::new(CosDataPlane::new(config, issuer, clock)?)
            }
        })
    }
}

fn url(text: &str) -> Result<Url, Error> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    url.ok_or(Error::Configuration("an address is no URL"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemClock;

    fn read(text: &str) -> Result<Vec<String>, Error> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let variable = |name: &str| (name != "NONE").then(|| format!("value-of-{name}"));
        back_ends(text, &variable, &clock).map(|planes| planes.into_keys().collect())
    }

    #[test]
    fn a_list_of_back_ends_is_read_and_mistakes_are_found() {
        let s3 = r#""kind":"s3","bucket":"photos","region":"garage","endpoint":"http://h:1""#;
        let cos = r#""kind":"cos","bucket":"photos-125","region":"ap-guangzhou""#;
        let env = r#""credentialEnv":["ID","SECRET"]"#;
        let good = format!(r#"{{"near":{{{s3},{env},"prefix":"a/b/"}},"far":{{{cos},{env}}}}}"#);
        assert_eq!(read(&good).unwrap(), ["far", "near"]);
        for bad in [
            format!(r#"{{"x":{{{s3}}}}}"#),
            format!(r#"{{"x":{{{s3},"credentialEnv":["NONE","SECRET"]}}}}"#),
            format!(r#"{{"x":{{{s3},"credentialFile":"/nowhere/at/all"}}}}"#),
            format!(r#"{{"x":{{{s3},{env},"prefix":"a/../b/"}}}}"#),
            format!(r#"{{"x":{{{s3},{env},"prefix":"a"}}}}"#),
            format!(r#"{{"x":{{{s3},{env},"secretKey":"in the file"}}}}"#),
            r#"{"x":{"kind":"s3","bucket":"photos","region":"r","credentialEnv":["A","B"]}}"#
                .into(),
            "[]".into(),
        ] {
            let error = read(&bad).unwrap_err();
            assert!(!error.to_string().contains("value-of"), "{bad}: {error}");
        }
    }

    #[test]
    fn clients_are_told_how_the_store_is_reached() {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let s3 = |endpoint: &str, public_url: Option<&str>| {
            serde_json::json!({
                "kind": "s3", "bucket": "photos", "region": "garage", "endpoint": endpoint,
                "publicUrl": public_url, "pathStyle": true, "credentialEnv": ["ID", "SECRET"],
            })
        };
        let text = serde_json::json!({
            "near": s3("http://127.0.0.1:9", None),
            "far": s3("http://10.0.0.1:9", Some("https://s3.example")),
            "cos": { "kind": "cos", "bucket": "photos-125", "region": "ap-guangzhou",
                "credentialEnv": ["ID", "SECRET"] },
        });
        let variable = |name: &str| Some(name.to_owned());
        let planes = back_ends(&text.to_string(), &variable, &clock).unwrap();
        for (name, scheme) in [("near", "http"), ("far", "https"), ("cos", "https")] {
            assert_eq!(planes[name].scheme(), scheme, "{name}");
        }
    }

    #[test]
    fn a_key_comes_from_a_file_of_two_lines() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "AKID\n\nsecret\n").unwrap();
        let config: BackEndConfig = serde_json::from_value(serde_json::json!({
            "kind": "cos", "bucket": "photos-125", "region": "r", "credentialFile": file.path(),
        }))
        .unwrap();
        let credential = config.credential(&|_| None).unwrap();
        assert_eq!(credential.access_key_id, "AKID");
        assert_eq!(credential.secret_key.expose(), "secret");
        assert!(!format!("{config:?}{credential:?}").contains("secret\""));
    }
}
