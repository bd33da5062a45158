//! Changes a page into what the server draws of it now, in place: what has the focus keeps it while it is there, what is
//! typed stays, what is unfolded stays unfolded, and scrolled panes stay where they are.

use leptos::prelude::document;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, HtmlFormElement, HtmlInputElement, HtmlOptionElement, HtmlTextAreaElement, Node, Text};

use crate::islands::keys::field_in_use;

/// The attribute with the order that an element shows and its version: `HF-7K3MR-92QXC:4`.
pub const SHOWN: &str = "data-v";
/// What the reader's browser sets by itself, or what the reader does: it is never taken from the server.
const OWN: [&str; 3] = ["open", "aria-busy", "aria-disabled"];
/// How far the children of two elements are compared with each other to see which came and which went.
const WINDOW: usize = 60;
/// What is marked when it comes or shows another version.
const MARKED: &str = ".row, .timeline li";

/// What came of it.
#[derive(Debug, Default)]
pub struct Patched {
    /// A form that is being filled in was left as it was.
    pub held: bool,
    /// What a reader is shown to be new.
    pub fresh: Vec<Element>,
}

impl Patched {
    /// Makes `old` what `new` is, and takes `new` apart for it.
    pub fn element(&mut self, old: &Element, new: &Element) {
        if old.is_equal_node(Some(new)) || old.local_name() == "leptos-island" {
            return;
        }
        if old.dyn_ref::<HtmlFormElement>().is_some_and(is_in_use) {
            self.held = true;
            return;
        }
        // A box that stands outside of its form belongs to it all the same: what was ticked stays ticked.
        if old.dyn_ref::<HtmlInputElement>().and_then(HtmlInputElement::form).is_some_and(|form| is_in_use(&form)) {
            return;
        }
        self.attributes(old, new);
        self.children(old, new);
    }

    fn attributes(&mut self, old: &Element, new: &Element) {
        if old.get_attribute(SHOWN) != new.get_attribute(SHOWN) {
            self.mark(old);
        }
        for name in names(old) {
            if !OWN.contains(&name.as_str()) && !new.has_attribute(&name) {
                // Both calls fail only for names that are no names.
                let _ = old.remove_attribute(&name);
            }
        }
        for name in names(new) {
            let value = new.get_attribute(&name).unwrap_or_default();
            if !OWN.contains(&name.as_str()) && old.get_attribute(&name).as_deref() != Some(value.as_str()) {
                let _ = old.set_attribute(&name, &value);
            }
        }
    }

    fn children(&mut self, old: &Element, new: &Element) {
        let coming = nodes(new);
        let mut cursor = old.first_child();
        for (at, child) in coming.iter().enumerate() {
            if let Some(kept) = twin(cursor.as_ref(), child) {
                bring_forward(old, &mut cursor, &kept);
                cursor = kept.next_sibling();
                self.node(&kept, child);
                continue;
            }
            if let Some(here) = alike(cursor.as_ref(), child, &coming[at + 1..]) {
                bring_forward(old, &mut cursor, &here);
                cursor = here.next_sibling();
                self.node(&here, child);
            } else if old.insert_before(child, cursor.as_ref()).is_ok()
                && let Some(element) = child.dyn_ref::<Element>()
            {
                self.mark(element);
            }
        }
        while let Some(gone) = cursor {
            cursor = gone.next_sibling();
            self.remove(old, &gone);
        }
    }

    fn node(&mut self, old: &Node, new: &Node) {
        if let (Some(old), Some(new)) = (old.dyn_ref::<Element>(), new.dyn_ref::<Element>()) {
            self.element(old, new);
        } else if old.node_value() != new.node_value() {
            old.set_node_value(new.node_value().as_deref());
        }
    }

    /// Takes a child away, unless a form in it is in use. That it has the focus is no reason to keep it: it would go on
    /// offering what can no longer be done.
    fn remove(&mut self, parent: &Element, child: &Node) {
        if let Some(element) = child.dyn_ref::<Element>() {
            let forms = element.get_elements_by_tag_name("form");
            let mut forms = (0..forms.length()).filter_map(|at| forms.item(at));
            if forms.any(|form| form.dyn_ref::<HtmlFormElement>().is_some_and(is_in_use)) {
                self.held = true;
                return;
            }
        }
        // It fails only when a child is not the parent's, and it is.
        let _ = parent.remove_child(child);
    }

    fn mark(&mut self, element: &Element) {
        if element.matches(MARKED).unwrap_or(false) {
            self.fresh.push(element.clone());
        }
    }
}

/// Brings a child to the cursor. One that has the focus would lose it on the way: then those before it make room.
fn bring_forward(parent: &Element, cursor: &mut Option<Node>, child: &Node) {
    if cursor.as_ref() == Some(child) {
        return;
    }
    // These fail only when a child is not the parent's, and all of them are.
    if !has_focus(child) {
        let _ = parent.insert_before(child, cursor.as_ref());
        return;
    }
    while let Some(before) = cursor.take().filter(|before| before != child) {
        *cursor = before.next_sibling();
        let _ = parent.append_child(&before);
    }
}

fn names(element: &Element) -> Vec<String> {
    let attributes = element.attributes();
    (0..attributes.length()).filter_map(|at| attributes.item(at)).map(|attribute| attribute.name()).collect()
}

fn nodes(element: &Element) -> Vec<Node> {
    let nodes = element.child_nodes();
    (0..nodes.length()).filter_map(|at| nodes.item(at)).collect()
}

/// What tells a child from its siblings: its id, the order that it shows, or the heading that names it.
fn key(node: &Node) -> Option<String> {
    let element = node.dyn_ref::<Element>()?;
    let id = Some(element.id()).filter(|id| !id.is_empty());
    let order = || Some(element.get_attribute(SHOWN)?.split_once(':')?.0.to_owned());
    id.or_else(order).or_else(|| element.get_attribute("aria-labelledby"))
}

/// The child, from the cursor on, that this new one is: by its key, or because nothing about it changed.
fn twin(cursor: Option<&Node>, new: &Node) -> Option<Node> {
    let mut siblings = std::iter::successors(cursor.cloned(), Node::next_sibling).take(WINDOW);
    siblings.find(|old| is_same(old, new))
}

/// The child, from the cursor on, that can become this new one and is none of those that come after it.
fn alike(cursor: Option<&Node>, new: &Node, after: &[Node]) -> Option<Node> {
    // A text only becomes the text in its place.
    let reach = if new.is_instance_of::<Element>() { WINDOW } else { 1 };
    let mut siblings = std::iter::successors(cursor.cloned(), Node::next_sibling).take(reach);
    siblings.find(|old| is_alike(old, new) && !after.iter().take(WINDOW).any(|later| is_same(old, later)))
}

fn is_same(old: &Node, new: &Node) -> bool {
    match (key(old), key(new)) {
        (Some(old), Some(new)) => old == new,
        // Blanks are alike everywhere.
        (None, None) => !old.is_instance_of::<Text>() && old.is_equal_node(Some(new)),
        _ => false,
    }
}

/// Whether one can become the other: both are texts, or elements of one kind without keys. The first of its classes says
/// what an element is, the others how it stands.
fn is_alike(old: &Node, new: &Node) -> bool {
    let kind = |node: &Node| node.dyn_ref::<Element>().and_then(|element| element.class_list().item(0));
    old.node_name() == new.node_name() && kind(old) == kind(new) && key(old).is_none() && key(new).is_none()
}

fn has_focus(node: &Node) -> bool {
    document().active_element().is_some_and(|active| node.contains(Some(&active)))
}

/// Whether somebody fills a form in, has sent it, or has been told what is wrong in it. A button or a summary that has the
/// focus says nothing of that yet, a field that is typed into does.
fn is_in_use(form: &HtmlFormElement) -> bool {
    if field_in_use().is_some_and(|field| form.contains(Some(&field))) || form.has_attribute("aria-busy") {
        return true;
    }
    if form.query_selector("[role=alert], [aria-invalid=true]").ok().flatten().is_some() {
        return true;
    }
    let fields = form.elements();
    (0..fields.length()).filter_map(|at| fields.item(at)).any(|field| is_changed(&field))
}

fn is_changed(field: &Element) -> bool {
    if let Some(input) = field.dyn_ref::<HtmlInputElement>() {
        return match input.type_().as_str() {
            "hidden" => false,
            "checkbox" | "radio" => input.checked() != input.default_checked(),
            _ => input.value() != input.default_value(),
        };
    }
    if let Some(area) = field.dyn_ref::<HtmlTextAreaElement>() {
        return Ok(area.value()) != area.default_value();
    }
    let options = field.get_elements_by_tag_name("option");
    let mut options = (0..options.length()).filter_map(|at| options.item(at)?.dyn_into::<HtmlOptionElement>().ok());
    // A list in which nothing is chosen from the start shows its first line.
    let chosen_from_start = options.clone().any(|option| option.default_selected());
    options
        .any(|option| option.selected() != (option.default_selected() || (!chosen_from_start && option.index() == 0)))
}
