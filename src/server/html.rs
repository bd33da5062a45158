//! What is mended in a drawn page before it leaves: the framework writes some markup that browsers forgive and the standard does not.

use memchr::memmem;

/// How the framework abbreviates an empty comment.
const SHORT_COMMENT: &[u8] = b"<!>";
/// The name of the element around an island.
const ISLAND: &[u8] = b"leptos-island";
const DOCUMENT_END: &[u8] = b"</body></html>";

/// The page without the framework's empty comments, which stand for nothing outside the islands and are written whole inside them, and
/// with the scripts that follow the document's end moved into its body.
///
/// Text and attributes have every `<` escaped, so that none of these patterns can stand in them.
pub fn mended(page: &[u8]) -> Vec<u8> {
    let Some(end) = memmem::rfind(page, DOCUMENT_END) else { return page.to_vec() };
    let (document, scripts) = (&page[..end], &page[end + DOCUMENT_END.len()..]);
    let mut mended = Vec::with_capacity(page.len() + page.len() / 16);
    let mut islands = memmem::find_iter(document, ISLAND).peekable();
    let (mut islands_open, mut copied) = (0_u32, 0);
    for comment in memmem::find_iter(document, SHORT_COMMENT) {
        while let Some(tag) = islands.next_if(|tag| *tag < comment) {
            let before = &document[..tag];
            if before.ends_with(b"<") {
                islands_open += 1;
            } else if before.ends_with(b"</") {
                islands_open = islands_open.saturating_sub(1);
            }
        }
        mended.extend_from_slice(&document[copied..comment]);
        if islands_open > 0 {
            mended.extend_from_slice(b"<!---->");
        }
        copied = comment + SHORT_COMMENT.len();
    }
    mended.extend_from_slice(&document[copied..]);
    mended.extend_from_slice(scripts);
    mended.extend_from_slice(DOCUMENT_END);
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
        let check = |page: &str, expected: &str| {
            assert_eq!(String::from_utf8(mended(page.as_bytes())).as_deref(), Ok(expected));
        };
        check(page, expected);
        check(expected, expected);
        check("no document", "no document");
        check("<p>leptos-island<!></p></body></html>", "<p>leptos-island</p></body></html>");
        check(
            "<p>/leptos-island &lt;leptos-island<!></p></body></html>",
            "<p>/leptos-island &lt;leptos-island</p></body></html>",
        );
    }
}
