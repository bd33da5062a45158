//! Staffs of marketplaces, sellers and providers: who is on them, invitations, and roles taken away.

use serde_json::json;
use uuid::Uuid;

use crate::{
    domain::{
        access::{Membership, Permission, Role, Viewer},
        error::{Error as Shown, Kind},
        id::{InvitationId, UserId},
        people::{InvitationOffer, InvitationView, StaffView, Team},
        text::{DisplayName, Email},
        time::{Moment, Span},
    },
    server::{
        clock,
        error::Error,
        password::Password,
        secret::Purpose,
        service::{
            Services, Visit,
            accounts::{check_password, wrong_field},
            audit,
            keys::Holder,
            links::{Addressee, dead_link, open_account, owe_mail},
            sessions::{Token, renew, require_fresh, start_session},
            throttle,
        },
        storage::{
            Tx,
            links::{self, Invitation},
            people::{self, Place, StaffRow},
            sessions::Seen,
            users::{self, UserRow},
        },
    },
};

/// How long an invitation can be accepted.
const INVITATION_LIFETIME: Span = Span::days(7);
/// How many people and invitations a place shows.
const MOST_PEOPLE: i64 = 200;

/// The roles that can be given where somebody wears this hat.
const fn roles_at(hat: &Membership) -> &'static [Role] {
    match (hat.provider, hat.seller) {
        (Some(_), _) => &[Role::Courier],
        (None, Some(_)) => &[Role::Owner, Role::Shipping, Role::ReadOnly],
        (None, None) => &[Role::Admin, Role::Finance, Role::DisputeManager, Role::Support],
    }
}

fn hat_of(viewer: &Viewer) -> Result<&Membership, Shown> {
    viewer.hat.as_ref().ok_or_else(|| Shown::not_found("team"))
}

/// Refuses who may not change people where they stand; read in the transaction that changes them.
async fn require_administrator(tx: &mut Tx, viewer: &Viewer) -> Result<Place, Error> {
    let place = Place::from(hat_of(viewer)?);
    let role = people::find_role(tx, viewer.user, &place).await?;
    if role.is_some_and(|role| role.permissions().has(Permission::Administer)) {
        return Ok(place);
    }
    Err(may_not_change_people().into())
}

fn may_not_change_people() -> Shown {
    Shown::new(Kind::Forbidden, "not_allowed", "Your role does not allow you to change people.")
}

/// The people of the place whose hat the viewer wears.
pub async fn team(services: &Services, viewer: &Viewer) -> Result<Team, Error> {
    let hat = hat_of(viewer)?;
    let place = Place::from(hat);
    let mut reader = services.db.reader().await?;
    let staff = people::list_staff(&mut reader, &place, MOST_PEOPLE).await?;
    let may_change = hat.role.permissions().has(Permission::Administer);
    let invitations = if may_change {
        links::list_invitations(&mut reader, &place, services.now(), MOST_PEOPLE).await?
    } else {
        Vec::new()
    };
    let staff = staff.into_iter().map(staff_view).collect::<Result<_, _>>()?;
    let invitations = invitations.into_iter().map(invitation_view).collect();
    Ok(Team { place: hat.name.clone(), roles: roles_at(hat).to_vec(), staff, invitations, may_change })
}

fn staff_view(row: StaffRow) -> Result<StaffView, Error> {
    let role = Role::from_code(&row.role)
        .ok_or_else(|| crate::server::storage::Error::broken("memberships", row.id, "unknown role"))?;
    Ok(StaffView { membership: row.id, user: UserId(row.user_id), name: row.name, email: row.email, role })
}

fn invitation_view(invitation: Invitation) -> InvitationView {
    InvitationView {
        id: invitation.id,
        email: invitation.email,
        role: invitation.place.role,
        invited_by: invitation.invited_by,
        expires_at: invitation.expires_at,
    }
}

/// Mails an invitation on behalf of a program, which gives no role that may more than its key.
///
/// # Errors
/// As [`invite`], and a role that may more.
pub async fn invite_with(
    services: &Services,
    visit: &Visit,
    holder: &Holder,
    email: &str,
    role: &str,
) -> Result<(), Error> {
    let given = Role::from_code(role).map(Role::permissions);
    if given.is_some_and(|given| given.within(holder.permissions) != given) {
        return Err(Shown::field("role", "A key gives no role that may more than the key itself.").into());
    }
    invite(services, visit, &holder.seen(services.now()), email, role).await
}

/// Mails an invitation to join the place whose hat the viewer wears. Needs a fresh password.
pub async fn invite(services: &Services, visit: &Visit, seen: &Seen, email: &str, role: &str) -> Result<(), Error> {
    // Who may not invite learns nothing of what could be typed; the transaction asks again.
    let hat = hat_of(&seen.viewer)?;
    if !hat.role.permissions().has(Permission::Administer) {
        return Err(may_not_change_people().into());
    }
    let email = Email::parse(email).map_err(wrong_field("email"))?;
    let role = Role::from_code(role).filter(|role| roles_at(hat).contains(role));
    let role = role.ok_or_else(|| Shown::field("role", "Choose one of the roles."))?;
    require_fresh(services, seen)?;
    let now = services.now();
    let input = (seen.viewer.clone(), visit.clone(), email);
    services
        .db
        .write(input, move |tx, (viewer, visit, email)| Box::pin(invite_in(tx, viewer, visit, email, role, now)))
        .await
}

async fn invite_in(
    tx: &mut Tx,
    viewer: &Viewer,
    visit: &Visit,
    email: &Email,
    role: Role,
    now: Moment,
) -> Result<(), Error> {
    let place = Place { role, ..require_administrator(tx, viewer).await? };
    let invited = Invited { place, name: &hat_of(viewer)?.name, email };
    invite_to(tx, viewer, visit, &invited, now).await
}

/// Somebody who is invited, and where to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Invited<'a> {
    /// The place, and the role there.
    pub place: Place,
    /// What the place is called.
    pub name: &'a str,
    /// Whom.
    pub email: &'a Email,
}

/// Keeps an invitation and owes its mail, for somebody whose right to invite was read in this transaction.
pub(super) async fn invite_to(
    tx: &mut Tx,
    viewer: &Viewer,
    visit: &Visit,
    invited: &Invited<'_>,
    now: Moment,
) -> Result<(), Error> {
    let Invited { place, name, email } = *invited;
    throttle::count(tx, &throttle::INVITATIONS, &viewer.user.to_string(), now).await?;
    if let Some(known) = users::find_by_email(tx, email).await?
        && people::find_role(tx, known.user(), &place).await?.is_some()
    {
        return Err(Shown::field("email", "This person has a role here already.").into());
    }
    let id = InvitationId(clock::new_id(now));
    links::insert_invitation(tx, id, &place, email, viewer.user, now, now.plus(INVITATION_LIFETIME)).await?;
    let payload = json!({
        "invitation": id.0,
        "place": name,
        "role": place.role.label(),
        "invited_by": viewer.name,
        "language": visit.language.code(),
    });
    let addressee = Addressee { to: email.as_str(), person: None, marketplace: Some(place.marketplace) };
    owe_mail(tx, addressee, "invitation", payload, now).await?;
    let who = (Some(viewer.user), Some(place.marketplace));
    audit(tx, visit, "invited", who, json!({ "email": email, "role": place.role.code() }), now).await
}

/// Takes back an invitation to the place whose hat the viewer wears.
pub async fn withdraw_invitation(
    services: &Services,
    visit: &Visit,
    viewer: &Viewer,
    id: InvitationId,
) -> Result<(), Error> {
    let now = services.now();
    let input = (viewer.clone(), visit.clone());
    services
        .db
        .write(input, move |tx, (viewer, visit)| {
            Box::pin(async move {
                let place = require_administrator(tx, viewer).await?;
                if !links::withdraw_invitation(tx, id, &place, now).await? {
                    return Err(Error::from(Shown::not_found("open invitation")));
                }
                let who = (Some(viewer.user), Some(place.marketplace));
                audit(tx, visit, "invitation_withdrawn", who, json!({ "invitation": id }), now).await
            })
        })
        .await
}

/// Takes somebody's role away at the place whose hat the viewer wears. Needs a fresh password; the last who may change
/// people stays.
pub async fn remove(services: &Services, visit: &Visit, seen: &Seen, membership: Uuid) -> Result<(), Error> {
    require_fresh(services, seen)?;
    let now = services.now();
    let input = (seen.viewer.clone(), visit.clone());
    services.db.write(input, move |tx, (viewer, visit)| Box::pin(remove_in(tx, viewer, visit, membership, now))).await
}

async fn remove_in(tx: &mut Tx, viewer: &Viewer, visit: &Visit, membership: Uuid, now: Moment) -> Result<(), Error> {
    // Two who remove each other at once must see each other.
    people::lock(tx, hat_of(viewer)?.marketplace).await?;
    let place = require_administrator(tx, viewer).await?;
    let gone = people::delete_membership(tx, membership, &place).await?;
    let gone = gone.ok_or_else(|| Shown::not_found("member of this team"))?;
    // Whom they invited would come in by a right that they have no more, or they themselves under another address.
    links::withdraw_all(tx, gone, &place, now).await?;
    let left = people::list_staff(tx, &place, MOST_PEOPLE).await?;
    let administers =
        |row: &StaffRow| Role::from_code(&row.role).is_some_and(|role| role.permissions().has(Permission::Administer));
    if !left.iter().any(administers) {
        let sentence = "Somebody must be left who may change people: invite another one first.";
        return Err(Shown::new(Kind::Conflict, "last_administrator", sentence).into());
    }
    let who = (Some(viewer.user), Some(place.marketplace));
    audit(tx, visit, "role_removed", who, json!({ "membership": membership }), now).await
}

/// What the link of an invitation opens; looking changes nothing.
pub async fn look_invitation(
    services: &Services,
    token: &str,
    viewer: Option<&Viewer>,
) -> Result<InvitationOffer, Error> {
    let invitation = open_invitation(services, token).await?;
    let email = Email::parse(&invitation.email).map_err(wrong_field("email"))?;
    let mut reader = services.db.reader().await?;
    let known = users::find_by_email(&mut reader, &email).await?;
    Ok(InvitationOffer {
        place: invitation.place_name,
        role: invitation.place.role,
        invited_by: invitation.invited_by,
        has_account: known.is_some_and(|user| user.has_account()),
        is_me: viewer.is_some_and(|viewer| viewer.email == invitation.email),
        email: invitation.email,
    })
}

async fn open_invitation(services: &Services, token: &str) -> Result<Invitation, Error> {
    let id = services.secret.open_link(Purpose::Invitation, token).ok_or_else(dead_link)?;
    let mut reader = services.db.reader().await?;
    let found = links::find_invitation(&mut reader, InvitationId(id), services.now()).await?;
    Ok(found.ok_or_else(dead_link)?)
}

/// Accepts an invitation: as the person who is signed in, if it was mailed to them; else with the password of the account
/// that has the address; else with a name and a new password. The browser gets a new token, and is signed in.
pub async fn accept_invitation(
    services: &Services,
    visit: &Visit,
    seen: Option<&Seen>,
    token: &str,
    name: &str,
    password: String,
) -> Result<Token, Error> {
    let invitation = open_invitation(services, token).await?;
    let hat = hat_key(&invitation);
    let now = services.now();
    if let Some(seen) = seen.filter(|seen| seen.viewer.email == invitation.email) {
        let input = (invitation, visit.clone(), seen.viewer.user);
        services
            .db
            .write(input, move |tx, (invitation, visit, user)| Box::pin(join_in(tx, invitation, visit, *user, now)))
            .await?;
        return renew(services, seen, hat).await;
    }
    let email = Email::parse(&invitation.email).map_err(wrong_field("email"))?;
    let mut reader = services.db.reader().await?;
    let known = users::find_by_email(&mut reader, &email).await?.filter(UserRow::has_account);
    drop(reader);
    let user = if known.is_some() {
        let user = check_password(services, visit, &email, password).await?;
        let input = (invitation, visit.clone(), user.user());
        services
            .db
            .write(input, move |tx, (invitation, visit, user)| Box::pin(join_in(tx, invitation, visit, *user, now)))
            .await?;
        user
    } else {
        let name = DisplayName::parse(name).map_err(wrong_field("name"))?;
        let chosen = Password::choose(password, &[name.as_str(), email.as_str(), &invitation.place_name]);
        let hash = services.passwords.hash(chosen.map_err(wrong_field("password"))?).await?;
        let input = (invitation, visit.clone(), email, name, hash);
        services
            .db
            .write(input, move |tx, (invitation, visit, email, name, hash)| {
                Box::pin(async move {
                    let user = open_account(tx, email, name, hash, "UTC", visit.language, now).await?;
                    join_in(tx, invitation, visit, user.user(), now).await?;
                    Ok::<_, Error>(user)
                })
            })
            .await?
    };
    start_session(services, visit, user, seen.map(|seen| (seen.viewer.user, seen.session))).await
}

fn hat_key(invitation: &Invitation) -> String {
    let Place { marketplace, seller, provider, role } = invitation.place;
    Membership { marketplace, seller, provider, role, name: String::new() }.key()
}

async fn join_in(tx: &mut Tx, invitation: &Invitation, visit: &Visit, user: UserId, now: Moment) -> Result<(), Error> {
    if !links::use_invitation(tx, invitation.id, now).await? {
        return Err(dead_link().into());
    }
    people::insert_membership(tx, clock::new_id(now), user, &invitation.place, now).await?;
    let who = (Some(user), Some(invitation.place.marketplace));
    audit(tx, visit, "joined", who, json!({ "role": invitation.place.role.code() }), now).await
}
