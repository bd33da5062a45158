//! Everything drawn: the document around each page, and the site map.

pub mod components;
pub mod document;
pub mod drawn;
pub mod frame;
pub mod here;
pub mod pages;
pub mod paths;
pub mod scripts;
pub mod time_zones;

use self::{frame::Page, here::Here};

/// What stands at an address.
pub type Show = fn(&Here) -> Page;

/// The site map: each page under its path, where `{name}` stands for a part that differs. The first one that fits is meant.
pub const PAGES: [(&str, Show); 25] = [
    ("/orders", pages::orders),
    ("/orders/new", pages::create_order),
    ("/orders/{reference}", pages::orders),
    ("/orders/{reference}/courier", pages::courier_links),
    ("/a/{token}", pages::answer),
    ("/courier/{token}", pages::courier),
    ("/sign-in", pages::sign_in),
    ("/sign-up", pages::sign_up),
    ("/sign-up/{token}", pages::confirm_sign_up),
    ("/forgot", pages::forgot),
    ("/reset/{token}", pages::reset),
    ("/invite/{token}", pages::invite),
    ("/settings", pages::settings),
    ("/settings/webhooks", pages::webhooks),
    ("/settings/webhooks/{endpoint}", pages::webhook),
    ("/settings/webhooks/{endpoint}/{event}", pages::webhook_delivery),
    ("/settings/sellers", pages::sellers),
    ("/settings/sellers/{seller}/terms", pages::seller_terms),
    ("/settings/terms", pages::terms),
    ("/settings/keys", pages::api_keys),
    ("/settings/partners", pages::partners),
    ("/settings/messages", pages::messages),
    ("/pay/{token}", pages::pay),
    ("/notices", pages::notices),
    ("/mailbox", pages::mailbox),
];
