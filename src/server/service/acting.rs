//! Carrying out what was typed into the form of a verb.

use crate::{
    domain::{
        access::Viewer,
        error::Error as Shown,
        id::Reference,
        order::{
            Order,
            action::{Action, Verb},
            form::{self, Fields},
        },
        text::DisplayName,
    },
    server::{
        error::Error,
        service::{
            Services, Visit,
            orders::{self, Caller, Command, Performed},
            photos::{self, Bringer, Uploads},
            placing::MOST_PROVIDERS,
            throttle,
        },
        storage::{self, Conn, people},
    },
};

/// What was typed into the form of a verb on an order's page.
#[derive(Debug, Clone)]
pub struct TypedCommand {
    /// The order.
    pub reference: String,
    /// The verb's code.
    pub verb: String,
    /// The version that the page showed.
    pub version: u32,
    /// The page's own key.
    pub key: String,
    /// The other fields.
    pub fields: Fields,
}

/// Carries out what was typed.
///
/// # Errors
/// As [`orders::perform`], and each wrong field.
pub async fn act(services: &Services, viewer: Viewer, typed: TypedCommand) -> Result<Performed, Error> {
    act_with(services, viewer, typed, &Uploads::default()).await
}

/// Carries out what was typed, with the photos that came along.
///
/// # Errors
/// As [`act`], and what is wrong with a photo.
pub async fn act_with(
    services: &Services,
    viewer: Viewer,
    typed: TypedCommand,
    uploads: &Uploads,
) -> Result<Performed, Error> {
    let not_found = || Shown::not_found("order");
    let reference: Reference = typed.reference.parse().map_err(|_| not_found())?;
    let verb = Verb::from_code(&typed.verb).ok_or_else(|| Shown::field("verb", "There is no such action."))?;
    let mut conn = services.db.reader().await?;
    let order = storage::orders::find_by_reference(&mut conn, &reference).await?.ok_or_else(not_found)?;
    let actor = orders::actor_for(&viewer, &order).ok_or_else(not_found)?;
    let may_hand_over = order.offers(&actor, services.now()).iter().any(|offer| offer.verb == Verb::HandOver);
    let action = form::parse(verb, &typed.fields, &order)?;
    let action = complete(services, &mut conn, &order, action).await?;
    drop(conn);
    let kept = photos::read(uploads, order.id, Bringer { party: actor.party, user: actor.user })?;
    let action = photos::attach(action, &kept)?;
    let key = Some(format!("{} {}", order.reference, typed.key)).filter(|_| !typed.key.is_empty());
    let command = Command { order: order.id, action, expected_version: Some(typed.version), key };
    let caller = Caller::on_screen(viewer);
    // Whoever may not hand it over is refused whatever the code is, and uses up nobody's tries.
    if matches!(command.action, Action::HandOver { .. }) && may_hand_over {
        count_handover(services, &caller, &command, None).await?;
    }
    photos::perform(services, caller, command, kept).await
}

/// Counts a try at the buyer's code, by order and, for strangers, by address; commits the count before the code is looked at.
/// Whoever asks again under the same key is told what came of it then, and tries nothing.
pub(super) async fn count_handover(
    services: &Services,
    caller: &Caller,
    command: &Command,
    stranger: Option<&Visit>,
) -> Result<(), Error> {
    let now = services.now();
    let input = (caller.clone(), command.clone(), stranger.map(|visit| visit.address.clone()));
    services
        .db
        .write(input, move |tx, (caller, command, address)| {
            Box::pin(async move {
                if orders::answered_before(tx, caller, command).await?.is_some() {
                    return Ok(());
                }
                if let Some(address) = address {
                    throttle::count(tx, &throttle::HANDOVER_PEER, address, now).await?;
                }
                throttle::count(tx, &throttle::HANDOVER, &command.order.to_string(), now).await
            })
        })
        .await
}

/// Puts in place of what a form can only name what the rules work with: the provider's name, the code's digest.
pub(super) async fn complete(
    services: &Services,
    conn: &mut dyn Conn,
    order: &Order,
    action: Action,
) -> Result<Action, Error> {
    match action {
        Action::HandOver { parts, code_digest: typed, photos } => {
            Ok(Action::HandOver { parts, code_digest: services.secret.handover_digest(order.id, &typed), photos })
        }
        Action::SetProvider { provider: Some((id, _, share, borne_by)) } => {
            let parties = &order.parties;
            let known = people::list_providers(conn, parties.marketplace, Some(parties.seller), MOST_PROVIDERS).await?;
            let known = known.into_iter().find(|row| row.id == id.0);
            let row = known.ok_or_else(|| Shown::field("provider", "Choose one of these."))?;
            let name = DisplayName::parse(&row.name).map_err(|bad| storage::Error::broken("providers", row.id, bad))?;
            Ok(Action::SetProvider { provider: Some((id, name, share, borne_by)) })
        }
        other => Ok(other),
    }
}
