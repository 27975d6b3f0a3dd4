//! `thumb://localhost/<row>-<size>`: pictures for the grid. Answers never block the window's
//! thread, on which the handler is called; where pictures come from is the façade's business.

use tauri::{Manager, Runtime, UriSchemeContext, UriSchemeResponder, http};

use crate::opening::Opening;

/// An address with a version (`?v=`) changes with the picture, so its answer is good for ever.
const CACHE_FOR_EVER: &str = "private, max-age=31536000, immutable";
/// Without one the picture may have been replaced since.
const ASK_AGAIN: &str = "no-cache";

/// Answers one request in the background.
pub(crate) fn answer<R: Runtime>(
    context: UriSchemeContext<'_, R>,
    request: http::Request<Vec<u8>>,
    responder: UriSchemeResponder,
) {
    let opening = context.app_handle().state::<Opening>().inner().clone();
    let versioned = request.uri().query().is_some_and(|query| query.starts_with("v="));
    tauri::async_runtime::spawn(async move {
        responder.respond(match picture(&opening, request.uri().path()).await {
            Ok((content_type, bytes)) => http::Response::builder()
                .header(http::header::CONTENT_TYPE, content_type)
                .header(
                    http::header::CACHE_CONTROL,
                    if versioned { CACHE_FOR_EVER } else { ASK_AGAIN },
                )
                .body(bytes)
                .expect("the headers are constants"),
            Err(status) => http::Response::builder()
                .status(status)
                .body(Vec::new())
                .expect("the status is a constant"),
        });
    });
}

async fn picture(
    opening: &Opening,
    path: &str,
) -> Result<(&'static str, Vec<u8>), http::StatusCode> {
    let (row, size) = parse(path).ok_or(http::StatusCode::BAD_REQUEST)?;
    let app = opening.app().await.map_err(|_| http::StatusCode::SERVICE_UNAVAILABLE)?;
    let thumbnail = app.thumbnail(row, size).await.map_err(|_| http::StatusCode::NOT_FOUND)?;
    Ok((thumbnail.content_type, thumbnail.bytes))
}

/// `/17-256` is row 17 at 256 pixels.
fn parse(path: &str) -> Option<(u32, u32)> {
    let (row, size) = path.strip_prefix('/')?.split_once('-')?;
    let size = size.parse().ok().filter(|size| matches!(size, 256 | 1024))?;
    Some((row.parse().ok()?, size))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn only_known_sizes_of_numbered_rows_are_pictures() {
        for (path, wanted) in [
            ("/17-256", Some((17, 256))),
            ("/0-1024", Some((0, 1024))),
            ("/17-512", None),
            ("/17", None),
            ("17-256", None),
            ("/-1-256", None),
            ("/../etc/passwd", None),
        ] {
            assert_eq!(parse(path), wanted, "{path}");
        }
    }
}
