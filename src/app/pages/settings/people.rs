//! The people of a marketplace, seller or provider: who is there, who was invited, and how either is changed.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::app::components::{Button, Confirm, Field, Form, Head, Look, Select, Table, Time, was_refused};
use crate::domain::error::FormAnswer;
use crate::domain::people::{InvitationView, StaffView, Team};
use crate::format::Reading;
use crate::rpc::{account, session};

/// Heading and tables; forms for whoever may change something.
pub fn sections(team: Team, email: String, reading: &Reading) -> impl IntoView + use<> {
    let may_change = team.may_change;
    let roles = team.roles.iter().map(|role| (role.code().to_owned(), role.label().to_owned())).collect();
    let staff = staff(team.staff, may_change);
    let invitations = (!team.invitations.is_empty()).then(|| invitations(team.invitations, reading));
    view! {
        <section id="people">
            <header>
                <h2>"People"</h2>
                <p>"Who may act for " {team.place} "."</p>
            </header>
            <div class="stack">
                {prove_again(email)} {staff} {invitations} {may_change.then(|| invite(roles))}
            </div>
        </section>
    }
}

/// Asks for the password once more where the last answer was that it is needed.
fn prove_again(email: String) -> Option<impl IntoView> {
    let proving = was_refused(session::Prove::PATH, &[]);
    let needed = use_context::<FormAnswer>().is_some_and(|answer| answer.error.code == "password_needed");
    (proving || needed).then(|| {
        view! {
            <div class="panel">
                <Form id="prove" call=session::Prove::PATH class="form narrow">
                    <p>"Changing people needs your password once more. Then send your change again."</p>
                    {crate::app::pages::user_name(email)}
                    <Field
                        name="password"
                        label="Your password"
                        kind="password"
                        autocomplete="current-password"
                        maxlength=128
                    />
                    <div>
                        <Button look=Look::Main>"Go on"</Button>
                    </div>
                </Form>
            </div>
        }
    })
}

fn staff(staff: Vec<StaffView>, may_change: bool) -> impl IntoView {
    let rows: Vec<_> = staff
        .into_iter()
        .map(|member| {
            let hidden = vec![("membership", member.membership.to_string())];
            let name = member.name.clone();
            let remove = may_change.then(|| {
                let open = was_refused(account::RemoveMember::PATH, &hidden);
                view! {
                    <Confirm label="Remove…" about=name.clone() grave=true small=true open=open>
                        <Form
                            id=format!("remove-{}", member.membership)
                            call=account::RemoveMember::PATH
                            hidden=hidden
                        >
                            <p>{name} " will not see these orders any more."</p>
                            <Button look=Look::Grave>"Remove"</Button>
                        </Form>
                    </Confirm>
                }
            });
            view! {
                <tr>
                    <td>
                        {member.name} " " <small class="quiet">{member.email}</small>
                    </td>
                    <td>{member.role.label()}</td>
                    <td class="number">{remove}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <Table label="People" heads=vec![Head::Text("Name"), Head::Text("Role"), Head::Actions]>
            {rows}
        </Table>
    }
}

fn invitations(invitations: Vec<InvitationView>, reading: &Reading) -> impl IntoView + use<> {
    let rows: Vec<_> = invitations
        .into_iter()
        .map(|invitation| {
            let until = reading.stamp(invitation.expires_at).map(|at| view! { <Time at=at /> });
            let id = invitation.id.0.to_string();
            view! {
                <tr>
                    <td>
                        {invitation.email} " "
                        <small class="quiet">"invited by " {invitation.invited_by}</small>
                    </td>
                    <td>{invitation.role.label()}</td>
                    <td>{until}</td>
                    <td class="number">
                        <Form
                            id=format!("withdraw-{id}")
                            call=account::WithdrawInvitation::PATH
                            class=""
                            hidden=vec![("invitation", id)]
                        >
                            <Button look=Look::Small>"Withdraw"</Button>
                        </Form>
                    </td>
                </tr>
            }
        })
        .collect();
    view! {
        <Table
            label="Open invitations"
            heads=vec![Head::Text("Invited"), Head::Text("Role"), Head::Text("Open until"), Head::Actions]
        >
            {rows}
        </Table>
    }
}

fn invite(roles: Vec<(String, String)>) -> impl IntoView {
    // They come with the mightiest first; who invites in a hurry gives the least away.
    let least = roles.last().map(|(code, _)| code.clone());
    view! {
        <Form id="invite" call=account::Invite::PATH class="form narrow">
            <div class="fields">
                <Field name="email" label="E-mail" kind="email" autocomplete="off" maxlength=254 />
                <Select name="role" label="Role" options=roles value=least />
            </div>
            <div>
                <Button look=Look::Main>"Invite"</Button>
            </div>
        </Form>
    }
}
