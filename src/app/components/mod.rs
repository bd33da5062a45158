//! Props in, markup out: components call nothing and know no routes; pages put them together.

mod button;
mod dialog;
mod empty;
mod field;
mod flash;
mod form;
mod icon;
mod money;
mod money_bar;
mod nav;
mod offer;
mod page_title;
mod pager;
mod panel;
mod qr;
mod stat;
mod status_badge;
mod table;
mod tabs;
mod terms;
mod timeline;

#[cfg(test)]
mod tests;

pub use button::{Button, ButtonLink, Look};
pub use dialog::{Confirm, Popup, PopupButton};
pub use empty::Empty;
pub use field::{Choice, Field, Files, Select, TextArea};
pub use flash::Flash;
pub use form::{Form, FormContext, inside, was_refused};
pub use icon::Icon;
pub use money::Amount;
pub use money_bar::{MoneyBar, Part};
pub use nav::{Account, Bar, Bell, Hat, KeyHelp, Place};
pub use offer::Offer;
pub use page_title::{PageTitle, Title};
pub use pager::Pager;
pub use panel::Panel;
pub use qr::QrCode;
pub use stat::{Stat, Stats};
pub use status_badge::{StatusBadge, look, look_for_me};
pub use table::{Head, Lines, Row, Table};
pub use tabs::{Chip, Chips, Tab, Tabs};
pub use terms::TermsFields;
pub use timeline::{Entry, Phase, Thumbnail, Time, Timeline, Told};
