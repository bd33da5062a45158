//! Keeps an open page up to date: hears which orders changed, fetches what of the page that is about, and changes it in place.

mod focus;
mod lane;
mod page;
mod patch;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use leptos::ev;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::wasm_bindgen::closure::Closure;
use leptos::web_sys::{
    Document, Element, EventSource, HtmlInputElement, MessageEvent, XmlHttpRequest, XmlHttpRequestResponseType,
};

use self::focus::Focus;
use self::lane::Lane;
use self::page::{LIST, ORDER, SWITCH, drawn_at, elements, find, is_seen, open_order, read, show_bar, shows, switch};
use self::patch::{Patched, SHOWN};
use crate::domain::view::Part;
use crate::islands::{clocks::now_millis, ticks};

/// How the title begins of a page that is there because a form was refused; it stays there when the rest changes.
pub const NOT_DONE: &str = "Not done: ";

/// A part is fetched at most so often, however much happens; a page that shows no orders, for its bell alone, less often.
const DESK_EVERY_MILLIS: i64 = 250;
const BELL_EVERY_MILLIS: i64 = 3_000;
/// How long the list waits when the order beside it has changed: many windows show that order, and fetch it first. Chance adds
/// up to a second, so that they do not come for their lists at once.
const LIST_AFTER_MILLIS: i64 = 400;
const LIST_SPREAD_MILLIS: i64 = 1_000;
/// When it is tried again after something failed.
const AGAIN_MILLIS: i64 = 3_000;
/// When a connection that was refused is asked for again.
const REFUSED_FOR_MILLIS: i64 = 45_000;
/// How often it is looked whether the machine slept, and what pause means that it did.
const PULSE: Duration = Duration::from_secs(10);
const SLEPT_MILLIS: i64 = 30_000;
/// More changes at once than this are told by their number.
const MOST_SAID: usize = 3;

/// What an open page knows of the changes around it.
struct Live {
    /// Where listeners are told; its attribute says from when on.
    region: Element,
    /// From when on it must be told what happened.
    since: Cell<i64>,
    source: RefCell<Option<EventSource>>,
    /// The order that is open.
    order: Lane,
    /// The list; where no order is open, the whole page.
    list: Lane,
    pulse_at: Cell<i64>,
    ended: Cell<bool>,
}

/// Starts where somebody is signed in.
pub fn start() {
    let Some(region) = document().get_element_by_id("live") else { return };
    let since = drawn_at(&document()).unwrap_or_default();
    let live = Rc::new(Live {
        region,
        since: Cell::new(since),
        source: RefCell::default(),
        order: Lane::new(Part::Order, since),
        list: Lane::new(Part::List, since),
        pulse_at: Cell::new(now_millis()),
        ended: Cell::new(false),
    });
    if let Some(switch) = switch() {
        switch.set_checked(!page::is_off());
    }
    let on_change = Rc::clone(&live);
    window_event_listener(ev::change, move |event| {
        let changed = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        if let Some(switch) = changed.filter(|input| input.id() == SWITCH) {
            page::remember(switch.checked());
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
        self.on(&source, "reload", |live, _| live.renew());
        self.on(&source, "end", |live, _| {
            // The session ended or has other rights: the page itself says which.
            live.disconnect();
            live.renew();
            live.later(AGAIN_MILLIS, Self::wake);
        });
        self.on(&source, "error", |live, _| {
            let refused =
                live.source.borrow().as_ref().is_some_and(|source| source.ready_state() == EventSource::CLOSED);
            if refused {
                live.disconnect();
                live.renew();
                live.later(REFUSED_FOR_MILLIS, Self::wake);
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

    fn later(self: &Rc<Self>, millis: i64, run: impl Fn(&Rc<Self>) + 'static) {
        let live = Rc::clone(self);
        set_timeout(move || run(&live), Duration::from_millis(millis.unsigned_abs()));
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
        let Some((reference, version)) = order.split_once(':') else { return };
        // The list beside an order that changed is fetched when that order was.
        let is_open = open_order().is_some_and(|open| open == reference);
        let (lane, kind) = if is_open { (&self.order, ORDER) } else { (&self.list, "") };
        if !shows(kind, reference, version) {
            lane.says.borrow_mut().push(says.to_owned());
            self.want(lane.part, 0);
        }
    }

    /// Fetches everything, for it is not known what changed.
    fn renew(self: &Rc<Self>) {
        if open_order().is_some() {
            self.want(Part::Order, 0);
            self.want(Part::List, list_after(self.since.get()));
        } else {
            self.want(Part::List, 0);
        }
    }

    fn lane(&self, part: Part) -> &Lane {
        if part == Part::Order { &self.order } else { &self.list }
    }

    fn want(self: &Rc<Self>, part: Part, pause: i64) {
        if self.lane(part).want(now_millis() + pause) {
            self.fetch_when_due(part);
        }
    }

    /// Fetches a part that is wanted now, or as soon as it may be: many changes at once cost one look.
    fn fetch_when_due(self: &Rc<Self>, part: Part) {
        let every = if find(&document(), LIST).is_some() { DESK_EVERY_MILLIS } else { BELL_EVERY_MILLIS };
        match self.lane(part).pause(now_millis(), every) {
            None => {}
            Some(0) => self.fetch(part),
            Some(pause) => self.later(pause, move |live| live.fetch_when_due(part)),
        }
    }

    /// Asks for a part; a page that knows none answers whole.
    fn fetch(self: &Rc<Self>, part: Part) {
        let (Ok(request), Ok(address)) = (XmlHttpRequest::new(), window().location().href()) else { return };
        self.lane(part).begin(now_millis());
        request.set_response_type(XmlHttpRequestResponseType::Document);
        let (live, answered) = (Rc::clone(self), request.clone());
        let done = Closure::once_into_js(move || live.fetched(part, &answered));
        request.set_onloadend(Some(done.unchecked_ref()));
        let sent = request
            .open("GET", &address)
            .and_then(|()| request.set_request_header(Part::HEADER, part.code()))
            .and_then(|()| request.send());
        if sent.is_err() {
            self.lane(part).end(now_millis());
        }
    }

    fn fetched(self: &Rc<Self>, part: Part, request: &XmlHttpRequest) {
        self.lane(part).end(now_millis());
        match (request.status().unwrap_or_default(), request.response_xml().ok().flatten()) {
            (200, Some(page)) if find(&page, "#live").is_some() => self.patch(part, &page),
            (200, _) => {
                // Where nobody is signed in the answer is the page on which one does.
                self.ended.set(true);
                self.disconnect();
                self.warn("You are signed out in this window.");
            }
            (404, _) => self.warn("This cannot be seen here any more."),
            _ => self.want(part, AGAIN_MILLIS),
        }
        self.fetch_when_due(part);
    }

    /// Changes everything that is not as the server draws it now, and says what that is. What an answer does not have is no
    /// part of it, and stays.
    fn patch(self: &Rc<Self>, part: Part, answer: &Document) {
        let here = document();
        let both = |selector: &str| Some((find(&here, selector)?, find(answer, selector)?));
        let drawn_at = drawn_at(answer).unwrap_or_default();
        let focus = Focus::note();
        let mut patched = Patched::default();
        // The order comes first: it is what the reader looks at.
        let orders = both(ORDER).filter(|(old, new)| old.get_attribute(SHOWN) != new.get_attribute(SHOWN));
        if let Some((old, new)) = &orders {
            patched.element(old, new);
            patched.fresh.extend(elements(old.query_selector_all(".order-head, .turn").ok()));
        }
        // What is filled in anywhere else is held there without a word: it is no less true than before.
        if patched.held {
            let words = "This order changed while you were writing. What you wrote is still here.";
            show_bar(words, "Load again (what you wrote is lost)");
            self.lane(part).says.borrow_mut().push(words.to_owned());
        }
        // An answer that was overtaken by that to another part tells an older number.
        if drawn_at >= self.order.drawn_at.get().max(self.list.drawn_at.get())
            && let Some((old, new)) = both("#bell")
        {
            patched.element(&old, &new);
        }
        if let Some((old, new)) = both(LIST) {
            patched.element(&old, &new);
            ticks::say();
        }
        focus.keep();
        let (has_order, has_list) = (is_drawn(&here, answer, ORDER), is_drawn(&here, answer, LIST));
        if has_order {
            self.order.drawn_at.set(drawn_at);
        }
        if has_list {
            self.list.drawn_at.set(drawn_at);
            // How much waits for the reader is counted with the list, and stands in the title; that a form was refused is no less
            // true than before.
            let refused = if here.title().starts_with(NOT_DONE) { NOT_DONE } else { "" };
            here.set_title(&format!("{refused}{}", answer.title()));
        }
        // It goes on from where nothing is missing yet.
        let whole = self.order.drawn_at.get().min(self.list.drawn_at.get());
        self.since.set(self.since.get().max(whole));
        page::mark(patched.fresh);
        self.say(part);
        if orders.is_some() && !has_list {
            self.want(Part::List, list_after(drawn_at));
        }
        if has_order {
            read();
        }
    }

    /// Says to everybody, listeners as well, why the page can no longer be kept up to date.
    fn warn(&self, words: &str) {
        show_bar(words, "Load again");
        self.region.set_text_content(Some(words));
    }

    /// Tells listeners what changed, once it stands on the page.
    fn say(&self, part: Part) {
        let says = self.lane(part).says.take();
        let text = match says.len() {
            0 => return,
            1..=MOST_SAID => says.join(". "),
            many => format!("{many} orders changed"),
        };
        self.region.set_text_content(Some(&text));
    }
}

/// Whether an answer shows what there is of this on the page, which may be nothing.
fn is_drawn(here: &Document, answer: &Document, selector: &str) -> bool {
    find(answer, selector).is_some() || find(here, selector).is_none()
}

/// How long a list waits for the order beside it. The last digits of the microsecond at which the server drew something are
/// chance enough.
const fn list_after(drawn_at: i64) -> i64 {
    LIST_AFTER_MILLIS + drawn_at.rem_euclid(LIST_SPREAD_MILLIS)
}
