//! The one screen: the list of orders, and beside or over it the order that is open; and the form for a new one.

mod actions;
mod address;
mod answer;
mod bulk;
mod couriers;
mod create;
mod deliveries;
mod done;
mod door;
mod list;
mod money;
mod narrow;
mod people;
mod receiving;
mod show;
mod timeline;
mod told;
mod views;

use address::Address;
pub use answer::answer;
pub use couriers::courier_links;
pub use create::create_order;
use leptos::prelude::*;

use crate::app::components::PageTitle;
use crate::app::frame::{Page, Setting, page};
use crate::app::here::Here;
use crate::app::scripts::ListMemory;
use crate::domain::view::{Desk, Part};
use crate::format::{Reading, count};
use crate::rpc::orders;

/// The list, alone or with an order.
pub fn orders(here: &Here) -> Page {
    let address = Address::read(here);
    let setting = match (&address.open, &address.carried) {
        (Some(_), _) => Setting::ORDER,
        (None, Some(_)) => Setting::CARRIED,
        (None, None) => Setting::LIST,
    };
    // Parts are there for a list with an order beside it: what shows one alone is whole.
    let part = if address.open.is_some() { here.part() } else { Part::Whole };
    let load = orders::desk(address.query(), address.open.clone(), part);
    page(setting, load, move |desk: Desk| screen(desk, &address)).of(part)
}

fn screen(desk: Desk, address: &Address) -> impl IntoView + use<> {
    let reading = Reading::new(&desk.viewer.time_zone, desk.now);
    let waiting =
        if desk.counts.your_turn > 0 { format!("({}) ", count(desk.counts.your_turn)) } else { String::new() };
    let name = match (&desk.open, &desk.carried) {
        (Some(open), _) => format!("{} {}", open.reference, open.title),
        (None, Some(carried)) => bulk::headline(carried),
        (None, None) => desk.filter.tab.label().to_owned(),
    };
    let list = desk.part.has_list().then(|| {
        view! {
            {list::pane(&desk, address, &reading)}
            <ListMemory />
        }
    });
    let carried = address.carried.is_some().then(|| bulk::pane(desk.carried.as_ref(), address));
    let viewer = desk.viewer;
    let order = desk.order.map(|view| show::pane(*view, &viewer, address, &reading));
    view! {
        <PageTitle text=format!("{waiting}{name} · Holdfast") />
        {list}
        {order}
        {carried}
    }
}
