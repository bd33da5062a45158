//! Keeps an open page up to date: hears which orders changed, fetches the page as it is now, and changes it in place.

mod patch;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use leptos::ev;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::wasm_bindgen::closure::Closure;
use leptos::web_sys::{
    Document, Element, EventSource, HtmlAnchorElement, HtmlDocument, HtmlElement, HtmlInputElement, MessageEvent,
    VisibilityState, XmlHttpRequest, XmlHttpRequestResponseType,
};

use self::patch::{Patched, SHOWN};
use crate::app::format;
use crate::app::islands::{clocks::now_millis, ticks};

/// The box that turns it off and on, and the cookie that remembers it.
const SWITCH: &str = "live-switch";
const OFF: &str = "live=off";
/// A page is fetched at most so often, however much happens; one that shows no orders, for its bell alone, less often.
const DESK_EVERY_MILLIS: i64 = 250;
const BELL_EVERY_MILLIS: i64 = 3_000;
/// A server that takes its time is asked less often: at most every so many times of what its answer took, up to this pause.
const PATIENCE: i64 = 2;
const LONGEST_MILLIS: i64 = 5_000;
/// When it is tried again after something failed.
const AGAIN: Duration = Duration::from_secs(3);
/// When a connection that was refused is asked for again.
const REFUSED_FOR: Duration = Duration::from_secs(45);
/// How long what changed is marked.
const FRESH_FOR: Duration = Duration::from_millis(2_400);
/// How often it is looked whether the machine slept, and what pause means that it did.
const PULSE: Duration = Duration::from_secs(10);
const SLEPT_MILLIS: i64 = 30_000;
/// More changes at once than this are told by their number.
const MOST_SAID: usize = 3;

/// What an open page knows of the changes around it.
struct Live {
    /// Where listeners are told; its attribute says from when on.
    region: Element,
    since: Cell<i64>,
    source: RefCell<Option<EventSource>>,
    says: RefCell<Vec<String>>,
    fetching: Cell<bool>,
    waiting: Cell<bool>,
    again: Cell<bool>,
    fetched_at: Cell<i64>,
    took: Cell<i64>,
    pulse_at: Cell<i64>,
    ended: Cell<bool>,
}

/// Starts where somebody is signed in.
pub fn start() {
    let Some(region) = document().get_element_by_id("live") else { return };
    let since = since_of(&document()).unwrap_or_default();
    let live = Rc::new(Live {
        region,
        since: Cell::new(since),
        source: RefCell::default(),
        says: RefCell::default(),
        fetching: Cell::new(false),
        waiting: Cell::new(false),
        again: Cell::new(false),
        fetched_at: Cell::new(0),
        took: Cell::new(0),
        pulse_at: Cell::new(now_millis()),
        ended: Cell::new(false),
    });
    if let Some(switch) = switch() {
        switch.set_checked(!is_off());
    }
    let on_change = Rc::clone(&live);
    window_event_listener(ev::change, move |event| {
        let changed = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        if let Some(switch) = changed.filter(|input| input.id() == SWITCH) {
            remember(switch.checked());
            on_change.wake();
        }
    });
    let wake = Rc::clone(&live);
    window_event_listener(ev::visibilitychange, move |_| wake.wake());
    let wake = Rc::clone(&live);
    window_event_listener(ev::online, move |_| wake.connect_anew());
    let leave = Rc::clone(&live);
    window_event_listener(ev::pagehide, move |_| leave.disconnect());
    let back = Rc::clone(&live);
    window_event_listener(ev::pageshow, move |event| {
        if event.persisted() {
            back.wake();
        }
    });
    let pulse = Rc::clone(&live);
    set_interval(move || pulse.pulse(), PULSE);
    live.wake();
    read();
}

fn switch() -> Option<HtmlInputElement> {
    document().get_element_by_id(SWITCH)?.dyn_into().ok()
}

fn is_off() -> bool {
    let document = document().dyn_into::<HtmlDocument>().ok();
    let cookies = document.and_then(|document| document.cookie().ok()).unwrap_or_default();
    cookies.split("; ").any(|cookie| cookie == OFF)
}

fn remember(on: bool) {
    if let Ok(document) = document().dyn_into::<HtmlDocument>() {
        let value = if on { "on" } else { "off" };
        // A browser that refuses cookies forgets the choice, nothing worse.
        let _ = document.set_cookie(&format!("live={value}; Path=/; Max-Age=31536000; SameSite=Lax"));
    }
}

fn since_of(page: &Document) -> Option<i64> {
    page.get_element_by_id("live")?.get_attribute("data-since")?.parse().ok()
}

fn is_seen() -> bool {
    document().visibility_state() == VisibilityState::Visible
}

fn find(page: &Document, selector: &str) -> Option<Element> {
    page.query_selector(selector).ok().flatten()
}

/// The order that is open, as its pane says.
fn open_order() -> Option<String> {
    let shown = find(&document(), "article.order")?.get_attribute(SHOWN)?;
    Some(shown.split_once(':')?.0.to_owned())
}

impl Live {
    /// Connects while the page can be seen and the reader wants it, and only then: a browser opens few connections to a
    /// server at once, and pages that nobody looks at must not use them up. What was missed is told when it comes back.
    fn wake(self: &Rc<Self>) {
        if is_seen() && !self.ended.get() && switch().is_none_or(|switch| switch.checked()) {
            self.connect();
        } else {
            self.disconnect();
        }
    }

    fn connect_anew(self: &Rc<Self>) {
        self.disconnect();
        self.wake();
    }

    fn disconnect(&self) {
        if let Some(source) = self.source.take() {
            source.close();
        }
    }

    fn connect(self: &Rc<Self>) {
        if self.source.borrow().is_some() {
            return;
        }
        let Ok(source) = EventSource::new(&format!("/live?since={}", self.since.get())) else { return };
        self.on(&source, "change", |live, event| live.hear(&event));
        self.on(&source, "reload", |live, _| live.fetch_soon());
        self.on(&source, "end", |live, _| {
            // The session ended or has other rights: the page itself says which.
            live.disconnect();
            live.fetch_soon();
            live.later(AGAIN, Self::wake);
        });
        self.on(&source, "error", |live, _| {
            let refused =
                live.source.borrow().as_ref().is_some_and(|source| source.ready_state() == EventSource::CLOSED);
            if refused {
                live.disconnect();
                live.fetch_soon();
                live.later(REFUSED_FOR, Self::wake);
            }
        });
        self.source.replace(Some(source));
    }

    fn on(self: &Rc<Self>, source: &EventSource, name: &str, run: impl Fn(&Rc<Self>, MessageEvent) + 'static) {
        let live = Rc::clone(self);
        let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event| run(&live, event)).into_js_value();
        // It fails only for what is no function.
        let _ = source.add_event_listener_with_callback(name, listener.unchecked_ref());
    }

    fn later(self: &Rc<Self>, pause: Duration, run: impl Fn(&Rc<Self>) + 'static) {
        let live = Rc::clone(self);
        set_timeout(move || run(&live), pause);
    }

    /// A machine that slept may hold on to a connection that is gone.
    fn pulse(self: &Rc<Self>) {
        let now = now_millis();
        if now - self.pulse_at.replace(now) > SLEPT_MILLIS {
            self.connect_anew();
        }
    }

    /// An order of the reader changed: `HF-7K3MR-92QXC:4`, and on the next line what is said of it.
    fn hear(self: &Rc<Self>, event: &MessageEvent) {
        let heard = event.last_event_id();
        if let Some(at) = heard.split_once('-').and_then(|(at, _)| at.parse().ok()) {
            self.since.set(self.since.get().max(at));
        }
        let text = event.data().as_string().unwrap_or_default();
        let Some((order, says)) = text.split_once('\n') else { return };
        if is_shown(order) {
            return;
        }
        self.says.borrow_mut().push(says.to_owned());
        self.fetch_soon();
    }

    /// Fetches the page now, or as soon as it may be fetched again: many changes at once cost one look.
    fn fetch_soon(self: &Rc<Self>) {
        if self.fetching.get() {
            self.again.set(true);
            return;
        }
        if self.waiting.get() {
            return;
        }
        let every = if find(&document(), ".list").is_some() { DESK_EVERY_MILLIS } else { BELL_EVERY_MILLIS };
        let every = every.max((self.took.get() * PATIENCE).min(LONGEST_MILLIS));
        let pause = (self.fetched_at.get() + every - now_millis()).clamp(0, every);
        if pause == 0 {
            self.fetch();
            return;
        }
        self.waiting.set(true);
        self.later(Duration::from_millis(pause.unsigned_abs()), |live| {
            live.waiting.set(false);
            live.fetch();
        });
    }

    fn fetch(self: &Rc<Self>) {
        let (Ok(request), Ok(address)) = (XmlHttpRequest::new(), window().location().href()) else { return };
        self.fetching.set(true);
        self.fetched_at.set(now_millis());
        request.set_response_type(XmlHttpRequestResponseType::Document);
        let (live, answered) = (Rc::clone(self), request.clone());
        let done = Closure::once_into_js(move || live.fetched(&answered));
        request.set_onloadend(Some(done.unchecked_ref()));
        if request.open("GET", &address).and_then(|()| request.send()).is_err() {
            self.fetching.set(false);
        }
    }

    fn fetched(self: &Rc<Self>, request: &XmlHttpRequest) {
        self.fetching.set(false);
        self.took.set(now_millis() - self.fetched_at.get());
        let again = self.again.replace(false);
        match (request.status().unwrap_or_default(), request.response_xml().ok().flatten()) {
            (200, Some(page)) if find(&page, "#live").is_some() => self.patch(&page),
            (200, _) => {
                // Where nobody is signed in the answer is the page on which one does.
                self.ended.set(true);
                self.disconnect();
                show_bar("You are signed out in this window.");
            }
            (404, _) => show_bar("This cannot be seen here any more."),
            _ => self.later(AGAIN, Self::fetch_soon),
        }
        if again {
            self.fetch_soon();
        }
    }

    /// Changes everything that is not as the server draws it now, and says what that is.
    fn patch(&self, page: &Document) {
        let here = document();
        self.since.set(self.since.get().max(since_of(page).unwrap_or_default()));
        here.set_title(&page.title());
        let mut patched = Patched::default();
        for selector in ["#bell", ".list"] {
            if let (Some(old), Some(new)) = (find(&here, selector), find(page, selector)) {
                patched.element(&old, &new);
            }
        }
        ticks::say();
        // What is filled in beside the list is held there without a word: it is no less true than before.
        patched.held = false;
        let orders = (find(&here, "article.order"), find(page, "article.order"));
        if let (Some(old), Some(new)) = orders
            && old.get_attribute(SHOWN) != new.get_attribute(SHOWN)
        {
            patched.element(&old, &new);
            let parts = old.query_selector_all(".order-head, .turn").ok();
            let parts = parts.iter().flat_map(|parts| (0..parts.length()).filter_map(|at| parts.item(at)));
            patched.fresh.extend(parts.filter_map(|part| part.dyn_into().ok()));
        }
        if patched.held {
            let words = "This order changed while you were writing. What you wrote is still here.";
            show_bar(words);
            self.says.borrow_mut().push(words.to_owned());
        }
        mark(patched.fresh);
        self.say();
        read();
    }

    /// Tells listeners what changed, once it stands on the page.
    fn say(&self) {
        let says = self.says.take();
        let text = match says.len() {
            0 => return,
            1..=MOST_SAID => says.join(". "),
            many => format!("{many} orders changed"),
        };
        self.region.set_text_content(Some(&text));
    }
}

/// What the reader was told of the order that they look at is read.
fn read() {
    let unread = document().get_element_by_id("bell").and_then(|bell| bell.get_attribute("data-unread"));
    let (Some(order), true) = (open_order(), is_seen() && unread.is_some_and(|unread| unread != "0")) else {
        return;
    };
    let Ok(request) = XmlHttpRequest::new() else { return };
    let answered = request.clone();
    let done = Closure::once_into_js(move || {
        let left = answered.response_text().ok().flatten().and_then(|text| text.parse().ok());
        if let (Ok(200), Some(left)) = (answered.status(), left) {
            show_unread(left);
        }
    });
    request.set_onload(Some(done.unchecked_ref()));
    let sent = request
        .open("POST", "/rpc/inbox/read")
        .and_then(|()| request.set_request_header("content-type", "application/x-www-form-urlencoded"))
        .and_then(|()| request.send_with_opt_str(Some(&format!("order={order}"))));
    // What cannot be marked now is marked with the next look.
    let _ = sent;
}

/// Whether the page shows this version of an order already, or a later one: then it was drawn after the change.
fn is_shown(order: &str) -> bool {
    let Some((reference, version)) = order.split_once(':') else { return false };
    let number = |text: &str| text.parse::<u32>().ok();
    let found = document().query_selector_all(&format!("[{SHOWN}^=\"{reference}:\"]")).ok();
    let found = found.iter().flat_map(|found| (0..found.length()).filter_map(|at| found.item(at)));
    let mut shown = found.filter_map(|node| {
        let shown = node.dyn_ref::<Element>()?.get_attribute(SHOWN)?;
        number(shown.split_once(':')?.1)
    });
    shown.any(|shown| number(version).is_some_and(|version| shown >= version))
}

/// Shows the quiet bar over the page; its link loads the page anew.
fn show_bar(words: &str) {
    let Some(bar) = document().get_element_by_id("changed").and_then(|bar| bar.dyn_into::<HtmlElement>().ok()) else {
        return;
    };
    if let Some(place) = bar.first_element_child() {
        place.set_text_content(Some(words));
    }
    let link = bar.query_selector("a").ok().flatten().and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok());
    if let (Some(link), Ok(address)) = (link, window().location().href()) {
        link.set_href(&address);
    }
    bar.set_hidden(false);
}

fn show_unread(unread: u32) {
    let Some(bell) = document().get_element_by_id("bell") else { return };
    let (count, label) = format::unread(unread);
    if let Some(place) = bell.query_selector("b").ok().flatten() {
        place.set_text_content(Some(&count));
    }
    for (name, value) in [("aria-label", label), ("data-unread", unread.to_string())] {
        // It fails only for names that are no names.
        let _ = bell.set_attribute(name, &value);
    }
}

fn mark(fresh: Vec<Element>) {
    let show = |element: &Element, on: bool| {
        let classes = element.class_list();
        // They fail only for words that are no classes.
        let _ = if on { classes.add_1("fresh") } else { classes.remove_1("fresh") };
    };
    for element in &fresh {
        show(element, true);
    }
    set_timeout(move || fresh.iter().for_each(|element| show(element, false)), FRESH_FOR);
}
