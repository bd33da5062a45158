//! One bar that adds up to the whole, and the lines that say what its parts are.

use leptos::prelude::*;

use crate::domain::money::{Money, allocate};

/// A part of the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Whose or what it is.
    pub label: String,
    /// How much.
    pub amount: Money,
}

/// The bar is drawn this many units wide.
const WIDTH: i64 = 1_000;
/// How many units of ground show between two parts.
const GAP: i64 = 7;
/// How many colours there are; further parts share the last.
const COLOURS: usize = 5;

/// The bar with its lines underneath; parts that are nothing have a line but no piece of the bar.
#[component]
pub fn MoneyBar(
    /// The parts, the largest stake first.
    parts: Vec<Part>,
    /// What they add up to is called so.
    #[prop(into)]
    total_label: String,
    /// What they add up to.
    total: Money,
) -> impl IntoView {
    let heard = parts.iter().map(|part| format!("{} {}", part.label, part.amount)).collect::<Vec<_>>().join(", ");
    let weights: Vec<i64> = parts.iter().map(|part| part.amount.minor.max(0)).collect();
    let drawn = weights.iter().any(|weight| *weight > 0);
    let pieces = drawn.then(|| {
        view! {
            <svg
                class="bar"
                viewBox=format!("0 0 {WIDTH} 10")
                preserveAspectRatio="none"
                role="img"
                aria-label=format!("{total}: {heard}")
            >
                {pieces(&weights)
                    .into_iter()
                    .map(|(colour, x, width)| {
                        view! { <rect class=format!("part-{colour}") x=x width=width height="10"></rect> }
                    })
                    .collect_view()}
            </svg>
        }
    });
    view! {
        {pieces}
        <dl class="lines">
            {parts
                .into_iter()
                .map(|part| {
                    view! {
                        <div>
                            <dt>{part.label}</dt>
                            <dd>{part.amount.amount()}</dd>
                        </div>
                    }
                })
                .collect_view()} <div class="sum">
                <dt>{total_label}</dt>
                <dd>{total.to_string()}</dd>
            </div>
        </dl>
    }
}

/// Colour, left edge and width of each piece that can be seen.
fn pieces(weights: &[i64]) -> Vec<(usize, i64, i64)> {
    let mut left = 0;
    let mut pieces = Vec::with_capacity(weights.len());
    for (at, width) in allocate(WIDTH, weights).into_iter().enumerate() {
        if width > 0 {
            let right = left + width;
            let shown = if right < WIDTH { (width - GAP).max(2) } else { width };
            pieces.push(((at + 1).min(COLOURS), left, shown));
        }
        left += width;
    }
    pieces
}
