//! The first page: that the house stands, and on what.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    app::islands::ThemeSwitch,
    rpc::{session::about, theme::Theme},
};

/// Says which program and which database answer.
#[component]
pub fn Home() -> impl IntoView {
    let theme = use_context::<Theme>().unwrap_or_default();
    let page = Resource::new(|| (), |()| about());
    view! {
        <Title text="Holdfast" />
        <header>
            <ThemeSwitch chosen=theme />
        </header>
        <main>
            <h1>"Holdfast"</h1>
            <p>"Holds a buyer's money in escrow until the goods are accepted."</p>
            <Suspense>
                {move || Suspend::new(async move {
                    page.await
                        .map(|about| {
                            view! {
                                <p id="about">
                                    {format!("Version {}, {}.", about.version, about.database)}
                                </p>
                            }
                        })
                })}
            </Suspense>
        </main>
    }
}
