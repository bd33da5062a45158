//! What is mended in a drawn page before it leaves: the framework writes some markup that browsers forgive and the standard does not.

use axum::{
    body::{Body, to_bytes},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

/// Far more than any page of ours; a page is in memory already when it gets here.
const PAGE_LIMIT_BYTES: usize = 16 * 1024 * 1024;
/// How the framework abbreviates an empty comment.
const SHORT_COMMENT: &str = "<!>";
const DOCUMENT_END: &str = "</body></html>";

/// Mends a page; other answers pass as they are.
pub async fn mend_page(answer: Response) -> Response {
    let is_page =
        answer.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if !is_page {
        return answer;
    }
    let (mut head, body) = answer.into_parts();
    let Ok(bytes) = to_bytes(body, PAGE_LIMIT_BYTES).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let page = String::from_utf8_lossy(&bytes);
    let mended = mended(&page);
    head.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(mended.len()));
    Response::from_parts(head, Body::from(mended))
}

/// The page without the framework's empty comments, which stand for nothing outside the islands and are written whole inside them, and
/// with the scripts that follow the document's end moved into its body.
///
/// Text and attributes have every `<` escaped, so that none of these patterns can stand in them.
fn mended(page: &str) -> String {
    let (document, scripts) = match page.rfind(DOCUMENT_END) {
        Some(end) => (&page[..end], &page[end + DOCUMENT_END.len()..]),
        None => return page.to_owned(),
    };
    let mut mended = String::with_capacity(page.len() + page.len() / 16);
    let mut islands_open = 0;
    let mut parts = document.split(SHORT_COMMENT).peekable();
    while let Some(part) = parts.next() {
        mended.push_str(part);
        islands_open += part.matches("<leptos-island").count();
        islands_open -= part.matches("</leptos-island>").count().min(islands_open);
        if islands_open > 0 && parts.peek().is_some() {
            mended.push_str("<!---->");
        }
    }
    mended.push_str(scripts);
    mended.push_str(DOCUMENT_END);
    mended
}

#[cfg(test)]
mod tests {
    use super::mended;

    #[test]
    fn comments_stand_whole_and_only_in_islands_and_scripts_inside_the_body() {
        let page =
            "<html><body><p>a<!>b<!></p><leptos-island>c<!>d</leptos-island><!>e</body></html><script>1</script>";
        let expected = "<html><body><p>ab</p><leptos-island>c<!---->d</leptos-island>e<script>1</script></body></html>";
        assert_eq!(mended(page), expected);
        assert_eq!(mended(expected), expected);
        assert_eq!(mended("no document"), "no document");
    }
}
