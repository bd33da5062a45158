//! Light or dark: what the reader chose, as it stands in the cookie and on the document.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::domain::error::Error;

/// The colour scheme a reader asked for; without a choice the system decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the operating system is set.
    #[default]
    System,
    /// Dark text on a light ground.
    Light,
    /// Light text on a dark ground.
    Dark,
}

impl Theme {
    /// The name of the cookie that keeps the choice.
    pub const COOKIE: &str = "theme";
    /// Every choice, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The stable code in cookies, forms and the `data-theme` attribute.
    pub const fn code(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The word on the button.
    pub const fn label(self) -> &'static str {
        match self {
            Self::System => "System",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }

    /// The choice with this code; anything else counts as no choice.
    pub fn from_code(code: &str) -> Self {
        Self::ALL.into_iter().find(|theme| theme.code() == code).unwrap_or_default()
    }

    /// The text of the cookie that remembers this choice for a year; it holds no secret and is read by the island as well.
    pub fn cookie(self) -> String {
        format!("{}={}; Path=/; Max-Age=31536000; SameSite=Lax", Self::COOKIE, self.code())
    }
}

/// Remembers the reader's colour scheme in a cookie.
#[server(prefix = "/rpc", endpoint = "theme/choose")]
pub async fn choose_theme(theme: Theme) -> Result<(), Error> {
    crate::server::web::set_cookie(&theme.cookie());
    Ok(())
}
