//! The document around every page: head, assets, boot script, body.

use leptos::{config::LeptosOptions, hydration::AutoReload, nonce::use_nonce, prelude::*};

use crate::{
    app::{
        components::Title,
        frame::{Page, framed},
        here::Here,
    },
    rpc::theme::Theme,
};

/// Where the built assets are served; the names carry a hash of the content, so that they can be kept for ever.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assets {
    /// The script that loads the WebAssembly, as a path from the root of the site.
    pub script: String,
    /// The WebAssembly with the islands.
    pub wasm: String,
    /// The styles of all pages.
    pub style: String,
}

/// Loads the WebAssembly and wakes the islands up. It stands in the document and before the styles, so that loading begins with the
/// first bytes of the page, and nothing is loaded where scripts are off.
const BOOT_SCRIPT: &str = include_str!("boot.js");

/// Draws the whole document; under `make dev` it loads again when something was built. The server provides [`Assets`] and [`Theme`] as context.
pub async fn document(page: Page, here: &Here) -> String {
    let title = Title::default();
    provide_context(title.clone());
    let body = framed(page, here).await;
    let assets = use_context::<Assets>().unwrap_or_default();
    let theme = use_context::<Theme>().unwrap_or_default();
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme.code()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <script
                    nonce=use_nonce()
                    data-script=assets.script
                    data-wasm=assets.wasm
                    inner_html=BOOT_SCRIPT
                ></script>
                <link rel="stylesheet" href=assets.style />
                <meta name="color-scheme" content="light dark" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="manifest" href="/manifest.webmanifest" />
                <AutoReload options=LeptosOptions::builder().output_name("holdfast").build() />
                <title>{title.text()}</title>
            </head>
            <body>{body}</body>
        </html>
    }
    .to_html()
}
