//! An amount in one line that never breaks, in figures of equal width.

use leptos::prelude::*;

use crate::domain::money::Money;

/// An amount with its sign, or bare where a column has named the currency.
#[component]
pub fn Amount(
    /// How much.
    of: Money,
    /// Without the currency's sign.
    #[prop(optional)]
    bare: bool,
) -> impl IntoView {
    view! { <span class="money">{if bare { of.amount() } else { of.to_string() }}</span> }
}
