//! The people of the place of a key: who is on its staff, inviting others, and roles taken away.

use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{
    call::{Call, Reply},
    dto::{At, roles},
    problem::Problem,
    route::Route,
};
use crate::{
    domain::{
        access::{Permission, Role},
        id::InvitationId,
        people::{InvitationView, StaffView, Team},
    },
    server::service::staff,
};

/// The entries of this noun.
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/team", "getTeam", "Read who is on the staff", |call| Box::pin(get(call)))
            .answers::<TeamOut>(200, "The staff, and who was invited."),
        Route::post("/team/invitations", "invite", "Invite somebody", |call| Box::pin(invite(call)))
            .about("They get a message with a link that is valid for seven days. A key gives no role that may more than the key.")
            .body::<InviteBody>(json!({ "email": "new@demo.test", "role": "read_only" }))
            .answers_nothing(202, "The invitation is on its way."),
        Route::delete("/team/invitations/{id}", "withdrawInvitation", "Take an invitation back", |call| {
            Box::pin(withdraw(call))
        }),
        Route::delete("/team/members/{id}", "removeMember", "Take a role away", |call| Box::pin(remove(call)))
            .about("Somebody must be left who may administer."),
    ]
    .into_iter()
    .map(|route| route.tag("team").needs(Permission::Administer).live_only())
    .collect()
}

/// An invitation.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteBody {
    /// Whom.
    #[schemars(email, length(min = 5, max = 254))]
    email: String,
    /// As what.
    #[schemars(schema_with = "roles")]
    role: String,
}

/// Somebody on the staff.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct MemberOut {
    /// Their role here, by which it is taken away.
    id: String,
    /// The name.
    name: String,
    /// The address.
    email: String,
    /// The role.
    #[schemars(schema_with = "roles")]
    role: &'static str,
}

impl From<StaffView> for MemberOut {
    fn from(view: StaffView) -> Self {
        Self { id: view.membership.to_string(), name: view.name, email: view.email, role: view.role.code() }
    }
}

/// An invitation that is open.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct InvitationOut {
    /// Which.
    id: String,
    /// Whom it was sent to.
    email: String,
    /// As what.
    #[schemars(schema_with = "roles")]
    role: &'static str,
    /// Who sent it.
    invited_by: String,
    /// Until when it can be accepted.
    expires_at: At,
}

impl From<InvitationView> for InvitationOut {
    fn from(view: InvitationView) -> Self {
        Self {
            id: view.id.to_string(),
            email: view.email,
            role: view.role.code(),
            invited_by: view.invited_by,
            expires_at: At(view.expires_at),
        }
    }
}

/// The people of a place.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TeamOut {
    /// The place.
    place: String,
    /// The roles that can be given here.
    roles: Vec<&'static str>,
    /// Who has one, the earliest first.
    members: Vec<MemberOut>,
    /// Who was invited and has not answered, the latest first.
    invitations: Vec<InvitationOut>,
}

impl From<Team> for TeamOut {
    fn from(team: Team) -> Self {
        Self {
            place: team.place,
            roles: team.roles.into_iter().map(Role::code).collect(),
            members: team.staff.into_iter().map(MemberOut::from).collect(),
            invitations: team.invitations.into_iter().map(InvitationOut::from).collect(),
        }
    }
}

async fn get(call: Call) -> Result<Reply, Problem> {
    Ok(Reply::ok(&TeamOut::from(staff::team(call.services(), &call.holder.viewer).await?)))
}

async fn invite(call: Call) -> Result<Reply, Problem> {
    let body: InviteBody = call.json()?;
    staff::invite_with(call.services(), &call.visit, &call.holder, &body.email, &body.role).await?;
    Ok(Reply::nothing(StatusCode::ACCEPTED))
}

async fn withdraw(call: Call) -> Result<Reply, Problem> {
    let id: InvitationId = call.id("id", "open invitation")?;
    staff::withdraw_invitation(call.services(), &call.visit, &call.holder.viewer, id).await?;
    Ok(Reply::nothing(StatusCode::NO_CONTENT))
}

async fn remove(call: Call) -> Result<Reply, Problem> {
    let id: Uuid = call.id("id", "member of this team")?;
    staff::remove(call.services(), &call.visit, &call.seen_as_person(), id).await?;
    Ok(Reply::nothing(StatusCode::NO_CONTENT))
}
