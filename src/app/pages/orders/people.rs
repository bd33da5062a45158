//! Who takes part in an order and where it came from, and the terms that were agreed.

use leptos::prelude::*;

use super::address::Address;
use crate::app::components::{Lines, Panel, Row};
use crate::app::paths;
use crate::domain::order::{Share, ShareBearer};
use crate::domain::party::Party;
use crate::domain::view::OrderView;

/// Buyer, seller, courier, marketplace and channel.
pub fn parties(view: &OrderView, address: &Address) -> impl IntoView + use<> {
    let order = &view.order;
    let name = |party: Party| {
        let name = order.name_of(party);
        if view.party == party { format!("{name} (you)") } else { name.to_owned() }
    };
    let mut rows = vec![Row::new("Buyer", name(Party::Buyer)), Row::new("Seller", name(Party::Seller))];
    if let Some(provider) = &order.provider {
        let share = match provider.share {
            Share::Rate(rate) => rate.percent(),
            Share::Amount(minor) => order.money(minor).to_string(),
        };
        let bearer = match provider.borne_by {
            ShareBearer::Seller => "by the seller",
            ShareBearer::Marketplace => "by the marketplace",
        };
        rows.push(Row::new("Courier", format!("{}, {share} {bearer}", name(Party::Provider))));
    }
    rows.push(Row::new("Marketplace", name(Party::Operator)));
    rows.push(Row::new("Came in by", order.channel.clone()));
    if let Some(number) = &order.external_ref {
        rows.push(Row::new("Shop’s number", number));
    }
    let of_seller = (view.party == Party::Operator && address.get("seller").is_empty()).then(|| {
        let seller = order.parties.seller.to_string();
        let href = paths::with_query(&paths::orders(), &[("tab", "all"), ("seller", &seller)]);
        view! {
            <a class="link no-print" href=href>
                "All orders of " {order.parties.seller_name.clone()}
            </a>
        }
    });
    view! {
        <Panel title="People">
            <Lines rows=rows loose=true />
            {of_seller}
        </Panel>
    }
}

/// The terms as they were agreed.
pub fn terms(view: &OrderView) -> impl IntoView + use<> {
    let order = &view.order;
    let rows = order.terms.lines(order.currency).into_iter().map(|(label, value)| Row::new(label, value)).collect();
    view! {
        <Panel title="Agreed terms">
            <Lines rows=rows loose=true />
        </Panel>
    }
}
