//! The process itself, for programs that draw it: each status with what is legal from there; and who the caller is.

use super::{
    call::{Call, Reply},
    dto::{
        ListOf,
        order::Named,
        read::{ActionOut, Me, StatusOut},
    },
    problem::Problem,
    route::Route,
};
use crate::domain::{
    order::{rules::RULES, status::Status},
    party::Party,
};

/// The entries of this noun.
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/statuses", "listStatuses", "Read the process", |call| Box::pin(list(call)))
            .tag("statuses")
            .about("Every status of a delivery, with the actions that are legal from it, who may, and where they lead.")
            .answers::<ListOf<StatusOut>>(200, "The statuses, in the order of the process."),
        Route::get("/me", "getMe", "Read who calls", |call| Box::pin(me(call)))
            .tag("keys")
            .about("The key, what it acts for, and what it may do at this moment.")
            .answers::<Me>(200, "Who calls."),
    ]
}

async fn list(_: Call) -> Result<Reply, Problem> {
    let data = Status::ALL.into_iter().map(status).collect();
    Ok(Reply::ok(&ListOf { data }))
}

fn status(status: Status) -> StatusOut {
    let actions = RULES.iter().filter(|row| row.from.contains(&status)).map(|row| {
        let acts = |party: &&Party| row.permission_for(**party).is_some();
        ActionOut {
            action: row.verb.code(),
            label: row.verb.label(),
            by: row.by.iter().map(|party| party.code()).collect(),
            permission: row
                .by
                .iter()
                .find(acts)
                .and_then(|party| row.permission_for(*party))
                .map(crate::domain::access::Permission::code),
            to: row.to.iter().map(|to| to.code()).collect(),
            money: row.money.word(),
            clock: (!row.clock.is_empty()).then_some(row.clock),
        }
    });
    StatusOut {
        code: status.code(),
        label: status.label(),
        stage: status.stage().code(),
        holds_money: status.holds_money(),
        actions: actions.collect(),
    }
}

async fn me(call: Call) -> Result<Reply, Problem> {
    let holder = &call.holder;
    let place = holder.viewer.hat.as_ref().map_or(&holder.viewer.name, |hat| &hat.name);
    Ok(Reply::ok(&Me {
        key: Named { id: holder.key.to_string(), name: holder.name.clone() },
        mode: holder.mode.code(),
        party: holder.viewer.party().code(),
        place: place.clone(),
        permissions: holder.permissions.list().into_iter().map(crate::domain::access::Permission::code).collect(),
    }))
}
