//! Tables that scroll inside their own frame, and pairs of a word and its value.

use leptos::prelude::*;

use crate::app::drawn::{Draw, Drawn, Inside};

/// The head of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Head {
    /// Words, set to the left.
    Text(&'static str),
    /// Numbers, set to the right.
    Number(&'static str),
    /// Buttons, which need no head.
    Actions,
}

/// A table: heads, rows as children, and perhaps a foot.
#[component]
pub fn Table(
    /// What it shows, for listeners.
    #[prop(into)]
    label: String,
    /// The heads of its columns.
    heads: Vec<Head>,
    /// The rows.
    children: Inside,
    /// The row that sums up.
    #[prop(optional)]
    foot: Option<Drawn>,
) -> impl IntoView {
    let caption = label.clone();
    view! {
        <div class="scroll" role="region" aria-label=label tabindex="0">
            <table class="table">
                <caption class="heard">{caption}</caption>
                <thead>
                    <tr>
                        {heads
                            .into_iter()
                            .map(|head| {
                                match head {
                                    Head::Text(words) => view! { <th scope="col">{words}</th> }.drawn(),
                                    Head::Number(words) => {
                                        view! {
                                            <th scope="col" class="number">
                                                {words}
                                            </th>
                                        }
                                            .drawn()
                                    }
                                    Head::Actions => view! { <td></td> }.drawn(),
                                }
                            })
                            .collect_view()}
                    </tr>
                </thead>
                <tbody>{children.draw()}</tbody>
                {foot.map(|foot| view! { <tfoot>{foot}</tfoot> })}
            </table>
        </div>
    }
}

/// A word and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The word.
    pub label: String,
    /// The value.
    pub value: String,
    /// Whether it sums up the others.
    pub sum: bool,
}

impl Row {
    /// A common line.
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { label: label.into(), value: value.into(), sum: false }
    }

    /// The line that sums up the others.
    pub fn sum(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { sum: true, ..Self::new(label, value) }
    }
}

/// Words on the left, values on the right.
#[component]
pub fn Lines(
    /// The lines.
    rows: Vec<Row>,
    /// Without rules between them.
    #[prop(optional)]
    loose: bool,
) -> impl IntoView {
    view! {
        <dl class=if loose { "lines loose" } else { "lines" }>
            {rows
                .into_iter()
                .map(|row| {
                    view! {
                        <div class=row.sum.then_some("sum")>
                            <dt>{row.label}</dt>
                            <dd>{row.value}</dd>
                        </div>
                    }
                })
                .collect_view()}
        </dl>
    }
}
