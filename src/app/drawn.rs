//! Markup that is drawn already: what stands outside the islands never changes in the browser, so it becomes text as soon as it is known.
//!
//! A view that might still change carries code for waiting, hydrating and changing, for each of its elements: that costs most of a
//! release build and a good part of each request. Text carries none.

use std::{
    fmt::{Debug, Formatter, Result},
    sync::OnceLock,
};

use leptos::{
    children::{ChildrenOptContainer, ToChildren},
    prelude::*,
    tachys::html::InertElement,
};

/// Markup as text. It stands inside other views, and takes no more attributes.
pub type Drawn = InertElement;

/// Draws a view at once; it must not wait for anything.
pub trait Draw {
    /// The view as text; branches of different types become one type.
    fn drawn(self) -> Drawn;
}

impl<V: IntoView> Draw for V {
    fn drawn(self) -> Drawn {
        Drawn::new(self.into_view().to_html())
    }
}

/// What is the same for everybody, as text that is drawn once a process.
#[derive(Debug, Default)]
pub struct Still(OnceLock<String>);

impl Still {
    /// Not drawn yet; it stands in a `static`.
    pub const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// Draws it, at the first time outside of any page, so that nothing of a page or its reader comes into it.
    pub fn draw<V: IntoView>(&'static self, view: impl FnOnce() -> V) -> Drawn {
        let text = self.0.get_or_init(|| {
            let page = Owner::current();
            let text = Owner::new_root(None).with(|| view().into_view().to_html());
            if let Some(page) = page {
                page.set();
            }
            text
        });
        Drawn::new(text.as_str())
    }
}

/// The children of a component that is no island.
pub struct Inside(Box<dyn FnOnce() -> Drawn + Send>);

impl Inside {
    /// Draws them.
    pub fn draw(self) -> Drawn {
        (self.0)()
    }
}

impl<F, V> ToChildren<F> for Inside
where
    F: FnOnce() -> V + Send + 'static,
    V: IntoView,
{
    fn to_children(children: F) -> Self {
        Self(Box::new(move || children().drawn()))
    }
}

impl<V: IntoView + Send + 'static> ToChildren<ChildrenOptContainer<V>> for Inside {
    fn to_children(child: ChildrenOptContainer<V>) -> Self {
        Self(Box::new(move || child.0.drawn()))
    }
}

impl Debug for Inside {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str("Inside")
    }
}
