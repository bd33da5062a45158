//! The fields of terms: the same words and units wherever terms are typed – for one order, for a seller, for a marketplace.

use leptos::prelude::*;

use super::{Field, Select};
use crate::app::drawn::{Draw, Drawn};
use crate::domain::money::{Bps, Currency, Minor, Money};
use crate::domain::order::terms::{Bearer, OnSilence, RefundPolicy, Terms};
use crate::domain::order::terms_change::TermsChange;
use crate::domain::time::Span;

/// What one field shows of terms, as it is typed.
type Shows = fn(&TermsChange, Currency) -> Option<String>;

const SILENCES: &[(&str, &str)] = &[("accept", "Accepts"), ("refund", "Refunds")];
const POLICIES: &[(&str, &str)] = &[("refund", "Refunded"), ("replacement", "Replaced")];
const BEARERS: &[(&str, &str)] = &[("buyer", "The buyer"), ("seller", "The seller"), ("both", "Both, half each")];

/// The fields of terms, with what stands in them and what it means when one stays empty.
#[derive(Debug, Clone)]
pub struct TermsFields {
    said: TermsChange,
    /// What holds where nothing is said, when that is known.
    given: Option<TermsChange>,
    /// In the place of what is not said; nothing where all of it must be.
    otherwise: Option<&'static str>,
    currency: Currency,
}

impl TermsFields {
    /// All of these terms, each of which must be there.
    pub fn with(terms: &Terms, currency: Currency) -> Self {
        Self { said: TermsChange::whole(terms), given: None, otherwise: None, currency }
    }

    /// Empty fields, for whoever agrees otherwise than is usual with a seller.
    pub fn empty(currency: Currency) -> Self {
        Self { said: TermsChange::default(), given: None, otherwise: Some("As agreed"), currency }
    }

    /// What a seller says in the place of what the marketplace says.
    pub fn over(said: &TermsChange, given: &Terms, currency: Currency) -> Self {
        let given = Some(TermsChange::whole(given));
        Self { said: *said, given, otherwise: Some("As the marketplace"), currency }
    }

    /// Every term; those that the marketplace's finance alone sets, for whoever is that.
    pub fn draw(&self, sets_fees: bool) -> Drawn {
        let empty = match (&self.otherwise, &self.given) {
            (None, _) => "",
            (Some(_), None) => " What stays empty is as agreed with the seller.",
            (Some(_), Some(_)) => " What stays empty is as the marketplace has it.",
        };
        view! {
            <p class="hint">"Times are days, like 3 or 0.5, or hours, like 36h." {empty}</p>
            <div class="fields">{self.windows()} {self.choices()} {sets_fees.then(|| self.fees())}</div>
        }
        .drawn()
    }

    /// What the marketplace keeps.
    pub fn commission(&self) -> Drawn {
        view! {
            {self.percent("commission_rate", "Marketplace fee, %", |it, _| it.commission.rate.map(percent))}
            {self
                .money(
                    "commission_fixed",
                    "Marketplace fee, fixed part",
                    |it, currency| amount(it.commission.fixed_minor, currency),
                )}
            {self
                .money(
                    "commission_non_split",
                    "Amount without fee",
                    |it, currency| amount(it.commission.non_split_minor, currency),
                )}
        }
        .drawn()
    }

    fn windows(&self) -> Drawn {
        let windows: [(&'static str, &'static str, Shows); 9] = [
            ("payment_window", "Pay within", |it, _| it.payment_window.map(Span::typed)),
            ("delivery_window", "Deliver within", |it, _| it.delivery_window.map(Span::typed)),
            ("overdue_window", "Call off when overdue by", |it, _| it.overdue_window.map(Span::typed)),
            ("inspection_window", "Look it over in", |it, _| it.inspection_window.map(Span::typed)),
            ("answer_window", "Answer a rejection in", |it, _| it.answer_window.map(Span::typed)),
            ("negotiation_window", "Settle a dispute in", |it, _| it.negotiation_window.map(Span::typed)),
            ("return_window", "Return in", |it, _| it.return_window.map(Span::typed)),
            ("release_delay", "Release after", |it, _| it.release_delay.map(Span::typed)),
            ("cancellation_grace", "Cancel free of charge for", |it, _| it.cancellation_grace.map(Span::typed)),
        ];
        let fields: Vec<Drawn> =
            windows.into_iter().map(|(name, label, shows)| self.line(name, label, "text", (None, 10), shows)).collect();
        view! { {fields} }.drawn()
    }

    fn choices(&self) -> Drawn {
        let attempts: Shows = |it, _| it.max_attempts.map(|most| most.to_string());
        view! {
            {self.choice("on_silence", "Silence after delivery", SILENCES, |it, _| it.on_silence.map(silence))}
            {self.choice("refund_policy", "What is not right is", POLICIES, |it, _| it.refund_policy.map(policy))}
            {self.line("max_attempts", "Attempts to deliver", "numeric", (None, 1), attempts)}
            {self.percent("cancellation_fee", "Late cancellation fee, %", |it, _| it.cancellation_fee.map(percent))}
            {self
                .choice(
                    "escrow_fee_borne_by",
                    "Escrow fee paid by",
                    BEARERS,
                    |it, _| it.escrow_fee.borne_by.map(bearer),
                )}
        }
        .drawn()
    }

    fn fees(&self) -> Drawn {
        view! {
            {self.percent("escrow_fee_rate", "Escrow fee, %", |it, _| it.escrow_fee.rate.map(percent))}
            {self
                .money(
                    "escrow_fee_least",
                    "Escrow fee at least",
                    |it, currency| amount(it.escrow_fee.least_minor, currency),
                )}
            {self
                .money(
                    "escrow_fee_most",
                    "Escrow fee at most (0: no bound)",
                    |it, currency| amount(it.escrow_fee.most_minor, currency),
                )}
            {self.commission()}
        }
        .drawn()
    }

    fn percent(&self, name: &'static str, label: &'static str, shows: Shows) -> Drawn {
        self.line(name, label, "decimal", (None, 6), shows)
    }

    fn money(&self, name: &'static str, label: &'static str, shows: Shows) -> Drawn {
        self.line(name, label, "decimal", (Some(self.currency.sign()), 24), shows)
    }

    /// What holds where nothing is said: `As the marketplace: 3`.
    fn note(&self, shows: Shows, words: impl Fn(String) -> String) -> Option<String> {
        let given = shows(self.given.as_ref()?, self.currency)?;
        Some(format!("{}: {}", self.otherwise?, words(given)))
    }

    fn line(
        &self,
        name: &'static str,
        label: &'static str,
        inputmode: &'static str,
        (affix, maxlength): (Option<String>, u32),
        shows: Shows,
    ) -> Drawn {
        let (value, optional) = (shows(&self.said, self.currency), self.otherwise.is_some());
        let note = self.note(shows, |given| given);
        view! {
            <Field
                name=name
                label=label
                value=value
                note=note
                affix=affix
                optional=optional
                inputmode=inputmode
                maxlength=maxlength
            />
        }
        .drawn()
    }

    /// One of a few; that nothing is said is a choice only where that may be.
    fn choice(
        &self,
        name: &'static str,
        label: &'static str,
        choices: &'static [(&'static str, &'static str)],
        shows: Shows,
    ) -> Drawn {
        let words = |code: String| {
            choices.iter().find(|(known, _)| *known == code).map_or(code, |(_, words)| (*words).to_owned())
        };
        let (empty, note) = (self.otherwise.map(str::to_owned), self.note(shows, words));
        let known = choices.iter().map(|(code, words)| ((*code).to_owned(), (*words).to_owned()));
        let options: Vec<_> = empty.map(|words| (String::new(), words)).into_iter().chain(known).collect();
        let (value, optional) = (shows(&self.said, self.currency), self.otherwise.is_some());
        view! { <Select name=name label=label value=value options=options note=note optional=optional /> }.drawn()
    }
}

/// A rate without its sign.
fn percent(rate: Bps) -> String {
    rate.percent().trim_end_matches('%').trim().to_owned()
}

fn amount(minor: Option<Minor>, currency: Currency) -> Option<String> {
    minor.map(|minor| Money::new(minor, currency).digits())
}

fn silence(silence: OnSilence) -> String {
    match silence {
        OnSilence::Accept => "accept".to_owned(),
        OnSilence::Refund => "refund".to_owned(),
    }
}

fn policy(policy: RefundPolicy) -> String {
    match policy {
        RefundPolicy::Refund => "refund".to_owned(),
        RefundPolicy::Replacement => "replacement".to_owned(),
    }
}

fn bearer(bearer: Bearer) -> String {
    match bearer {
        Bearer::Buyer => "buyer".to_owned(),
        Bearer::Seller => "seller".to_owned(),
        Bearer::Both => "both".to_owned(),
    }
}
