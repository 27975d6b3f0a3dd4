//! Bytes to the object store by form and part by part, and from it.

use super::{Desk, Reply, World};

impl World {
    /// Sends bytes as a page does, by the form of a begin reply; whatever comes of it.
    pub(crate) async fn post_form(&self, begun: &Reply, bytes: &[u8]) -> u16 {
        let mut body = Vec::new();
        for (name, value) in begun.json["form"].as_object().expect("a form") {
            let value = value.as_str().expect("a field");
            let head = format!("Content-Disposition: form-data; name=\"{name}\"");
            body.extend_from_slice(format!("--frontier\r\n{head}\r\n\r\n{value}\r\n").as_bytes());
        }
        let head = "Content-Disposition: form-data; name=\"file\"; filename=\"x\"";
        body.extend_from_slice(format!("--frontier\r\n{head}\r\n\r\n").as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--frontier--\r\n");
        let url = format!("http://{}{}", begun.text("domain"), begun.text("path"));
        let kind = "multipart/form-data; boundary=frontier";
        let request = self.client.post(url).header("content-type", kind).body(body);
        request.send().await.expect("the store answers").status().as_u16()
    }

    /// Puts a part where a begin or renew reply says; its tag, if it was taken.
    pub(crate) async fn put_part(&self, begun: &Reply, number: u16, bytes: &[u8]) -> String {
        let own = &begun.json["parts"][number.to_string()];
        let query = match own["query"].as_str() {
            Some(query) => query.to_owned(),
            None => format!("uploadId={}&partNumber={number}", begun.text("uploadId")),
        };
        let url = format!("http://{}{}?{query}", begun.text("domain"), begun.text("path"));
        let mut request = self.client.put(url).body(bytes.to_vec());
        for (name, value) in begun.json["headers"].as_object().into_iter().flatten() {
            request = request.header(name, value.as_str().expect("a header"));
        }
        let answer = request.send().await.expect("the store answers");
        let (status, headers) = (answer.status(), answer.headers().clone());
        let text = answer.text().await.unwrap_or_default();
        assert_eq!(status.as_u16(), 200, "{text}");
        headers["etag"].to_str().expect("a tag").to_owned()
    }

    /// The bytes of a file, fetched where the service sends us.
    pub(crate) async fn download(&self, desk: &Desk, path: &str) -> Vec<u8> {
        let reply = self.at(desk, "GET", "file", path).await;
        assert_eq!(reply.status, 302, "{reply:?}");
        self.fetch(reply.header("location")).await
    }

    /// What a GET of an address is answered with.
    pub(crate) async fn status_of(&self, url: &str) -> u16 {
        self.client.get(url).send().await.expect("the store answers").status().as_u16()
    }

    pub(crate) async fn fetch(&self, url: &str) -> Vec<u8> {
        let response = self.client.get(url).send().await.expect("the store answers");
        assert_eq!(response.status().as_u16(), 200, "{url}");
        response.bytes().await.expect("bytes").to_vec()
    }
}
