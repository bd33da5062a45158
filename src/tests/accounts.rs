//! People: signing up, in and out, sessions, passwords, invitations; through the doors that browsers use.

use axum::{body::Body, http::Request};
use holdfast::{
    domain::{
        access::{Role, Viewer},
        people::{InvitationOffer, SessionView, SignUpOffer, Team},
        time::Span,
    },
    server::service::{demo, mailbox},
};

use crate::helpers::{Browser, each_store};

const ADA: &str = "ada@demo.test";
const GOOD: &str = "tin kettle 7 rivers";

async fn viewer(browser: &Browser) -> Option<Viewer> {
    browser.call("session/me", &[]).await.json()
}

#[tokio::test]
async fn a_person_signs_in_and_out() {
    each_store(async |app| {
        app.people().await;
        let browser = app.browser();
        assert_eq!(viewer(&browser).await, None);
        browser.call("session/sign_in", &[("email", " ADA@demo.test "), ("password", demo::PASSWORD)]).await.fine();
        let seen = viewer(&browser).await.expect("signed in");
        assert_eq!((seen.name.as_str(), seen.email.as_str()), ("Ada Obi", ADA));
        assert_eq!(seen.hat.map(|hat| (hat.role, hat.name)), Some((Role::Owner, "Ada Stores".to_owned())));
        let stolen = browser.cookies();
        browser.call("session/sign_out", &[]).await.fine();
        assert_eq!(browser.cookies(), "", "the cookie is taken away");
        browser.keep(&stolen);
        assert_eq!(viewer(&browser).await, None, "the old cookie opens nothing");
        assert_eq!(app.count("sessions").await, 0);
    })
    .await;
}

#[tokio::test]
async fn the_cookie_is_kept_from_scripts_and_other_sites_and_only_its_hash_is_stored() {
    each_store(async |app| {
        app.people().await;
        let browser = app.browser();
        let fields = [("email", ADA), ("password", demo::PASSWORD)];
        let answer = browser.call("session/sign_in", &fields).await.fine();
        let cookie = answer.header("set-cookie");
        assert!(cookie.starts_with("holdfast="), "{cookie}");
        assert!(cookie.ends_with("; HttpOnly; SameSite=Lax; Path=/; Max-Age=5184000"), "{cookie}");
        let first = browser.cookies();
        browser.call("session/sign_in", &fields).await.fine();
        assert_ne!(first, browser.cookies(), "each sign-in makes a new id");
        assert_eq!(app.count("sessions").await, 1, "the session before it ends");
    })
    .await;
}

#[tokio::test]
async fn wrong_password_and_unknown_address_are_refused_alike() {
    each_store(async |app| {
        app.people().await;
        let browser = app.browser();
        let wrong = browser.call("session/sign_in", &[("email", ADA), ("password", GOOD)]).await;
        wrong.refused(422, "wrong_credentials");
        let unknown = browser.call("session/sign_in", &[("email", "nobody@demo.test"), ("password", GOOD)]).await;
        assert_eq!((wrong.status, &wrong.body), (unknown.status, &unknown.body));
        let no_address = browser.call("session/sign_in", &[("email", "nonsense"), ("password", GOOD)]).await;
        assert!(no_address.error().for_field("email").is_some());
        browser.call("session/sign_in", &[("email", ADA)]).await.refused(400, "malformed");
        assert_eq!(viewer(&browser).await, None);
    })
    .await;
}

#[tokio::test]
async fn guessing_is_throttled_for_known_and_unknown_accounts_until_time_has_passed() {
    each_store(async |app| {
        app.people().await;
        for email in [ADA, "nobody@demo.test"] {
            let browser = app.browser();
            for _ in 0..10 {
                browser
                    .call("session/sign_in", &[("email", email), ("password", GOOD)])
                    .await
                    .refused(422, "wrong_credentials");
            }
            let right = [("email", email), ("password", demo::PASSWORD)];
            browser.call("session/sign_in", &right).await.refused(429, "too_many_attempts");
        }
        app.wait(Span(15 * 60));
        app.browser().sign_in(ADA, demo::PASSWORD).await;
        // Signing in is no attempt that counts.
        for _ in 0..12 {
            app.browser().sign_in(ADA, demo::PASSWORD).await;
        }
    })
    .await;
}

#[tokio::test]
async fn sessions_are_listed_and_revoked_and_a_request_in_flight_revives_none() {
    each_store(async |app| {
        app.people().await;
        let (desk, phone) = (app.signed_in(ADA).await, app.signed_in(ADA).await);
        let sessions: Vec<SessionView> = desk.call("account/sessions", &[]).await.json();
        assert_eq!(sessions.len(), 2);
        assert_eq!(sessions[0].device, "Firefox on Linux");
        let other = sessions.iter().find(|session| !session.current).expect("the phone's").id.to_string();
        // A stranger cannot revoke it: it does not exist for them.
        let stranger = app.signed_in("bisi@demo.test").await;
        stranger.call("account/revoke_session", &[("session", &other)]).await.refused(404, "not_found");
        desk.call("account/revoke_session", &[("session", &other)]).await.fine();
        assert_eq!(viewer(&phone).await, None);
        // What a request of the phone would write now must not bring the session back.
        app.wait(Span::hours(1));
        assert_eq!(viewer(&phone).await, None);
        phone.call("session/wear", &[("hat", "")]).await.refused(401, "signed_out");
        let left: Vec<SessionView> = desk.call("account/sessions", &[]).await.json();
        assert_eq!(left.len(), 1);
        desk.call("account/sign_out_everywhere", &[]).await.fine();
        assert_eq!(viewer(&desk).await, None);
    })
    .await;
}

#[tokio::test]
async fn sessions_end_when_idle_for_two_weeks_and_after_sixty_days_at_the_latest() {
    each_store(async |app| {
        app.people().await;
        let (idle, busy) = (app.signed_in(ADA).await, app.signed_in(ADA).await);
        for _ in 0..4 {
            app.wait(Span::days(13));
            assert!(viewer(&busy).await.is_some());
        }
        app.wait(Span::days(13));
        assert_eq!(viewer(&idle).await, None);
        assert_eq!(viewer(&busy).await, None, "65 days are more than 60");
    })
    .await;
}

#[tokio::test]
async fn changing_the_password_signs_every_other_browser_out() {
    each_store(async |app| {
        app.people().await;
        let (desk, phone) = (app.signed_in(ADA).await, app.signed_in(ADA).await);
        let before = desk.cookies();
        let change = |old, new| [("old_password", old), ("new_password", new)];
        let wrong = desk.call("account/change_password", &change("something else", GOOD)).await;
        assert!(wrong.error().for_field("old_password").is_some(), "{}", wrong.body);
        for bad in ["short", "password1234", "Ada Obi 1990!!"] {
            let refused = desk.call("account/change_password", &change(demo::PASSWORD, bad)).await;
            assert_eq!(refused.status, 422);
            assert!(refused.error().for_field("new_password").is_some(), "{}", refused.body);
        }
        desk.call("account/change_password", &change(demo::PASSWORD, GOOD)).await.fine();
        assert_ne!(before, desk.cookies(), "a new id");
        assert!(viewer(&desk).await.is_some());
        assert_eq!(viewer(&phone).await, None);
        let old = [("email", ADA), ("password", demo::PASSWORD)];
        phone.call("session/sign_in", &old).await.refused(422, "wrong_credentials");
        phone.sign_in(ADA, GOOD).await;
    })
    .await;
}

#[tokio::test]
async fn a_forgotten_password_is_set_once_by_the_mailed_link() {
    each_store(async |app| {
        app.people().await;
        let signed_in = app.signed_in(ADA).await;
        let browser = app.browser();
        let known = browser.call("account/forgot", &[("email", ADA)]).await.fine();
        let unknown = browser.call("account/forgot", &[("email", "nobody@demo.test")]).await.fine();
        assert_eq!((known.status, &known.body, known.location()), (unknown.status, &unknown.body, unknown.location()));
        assert!(app.mails("nobody@demo.test").await.is_empty());
        let token = app.mailed_token(ADA).await;
        let email: String = browser.call("account/look_reset", &[("token", &token)]).await.json();
        assert_eq!(email, ADA, "looking changes nothing");
        let weak = browser.call("account/reset", &[("token", &token), ("password", "password1234")]).await;
        assert!(weak.error().for_field("password").is_some());
        browser.call("account/reset", &[("token", &token), ("password", GOOD)]).await.fine();
        assert_eq!(viewer(&signed_in).await, None, "all sessions end");
        let again = browser.call("account/reset", &[("token", &token), ("password", "another good one 9")]).await;
        again.refused(404, "dead_link");
        browser.sign_in(ADA, GOOD).await;
        browser.call("account/look_reset", &[("token", "rubbish")]).await.refused(404, "dead_link");
        browser.call("account/forgot", &[("email", ADA)]).await.fine();
        let late = app.mailed_token(ADA).await;
        app.wait(Span::hours(1));
        browser.call("account/look_reset", &[("token", &late)]).await.refused(404, "dead_link");
    })
    .await;
}

#[tokio::test]
async fn mails_that_strangers_cause_are_limited() {
    each_store(async |app| {
        app.people().await;
        let browser = app.browser();
        for _ in 0..5 {
            browser.call("account/forgot", &[("email", ADA)]).await.fine();
        }
        browser.call("account/forgot", &[("email", ADA)]).await.refused(429, "too_many_attempts");
        assert_eq!(app.mails(ADA).await.len(), 5, "a refused request changes nothing");
        app.wait(Span::hours(1));
        browser.call("account/forgot", &[("email", ADA)]).await.fine();
    })
    .await;
}

#[tokio::test]
async fn a_buyer_signs_up_by_the_mailed_link() {
    each_store(async |app| {
        app.people().await;
        let browser = app.browser();
        let form = [("email", "new@demo.test"), ("name", "Ngozi Ike"), ("time_zone", "Africa/Lagos")];
        let sent = browser.call("account/sign_up", &form).await.fine();
        let users = app.count("users").await;
        let token = app.mailed_token("new@demo.test").await;
        let offer: SignUpOffer = browser.call("account/look_sign_up", &[("token", &token)]).await.json();
        assert_eq!((offer.email.as_str(), offer.marketplace.as_str()), ("new@demo.test", ""));
        assert_eq!(app.count("users").await, users, "neither asking nor looking makes an account");
        browser.call("account/confirm", &[("token", &token), ("password", GOOD)]).await.fine();
        let seen = viewer(&browser).await.expect("signed in");
        assert_eq!((seen.name.as_str(), seen.time_zone.as_str()), ("Ngozi Ike", "Africa/Lagos"));
        assert_eq!((seen.hat, seen.memberships.len()), (None, 0));
        let again = app.browser().call("account/confirm", &[("token", &token), ("password", GOOD)]).await;
        again.refused(404, "dead_link");
        // Somebody who has an account is told so by mail alone.
        let known = app.browser().call("account/sign_up", &[("email", ADA), ("name", "Mallory")]).await.fine();
        assert_eq!((known.status, &known.body, known.location()), (sent.status, &sent.body, sent.location()));
        assert_eq!(app.mails(ADA).await[0].subject, "You have an account already");
    })
    .await;
}

#[tokio::test]
async fn somebody_unknown_is_written_to_in_the_language_of_their_browser() {
    each_store(async |app| {
        app.people().await;
        let browser = app.browser();
        let send = async |function: &str, fields: &[(&str, &str)]| {
            let request = Request::post(format!("/rpc/{function}"))
                .header("content-type", "application/x-www-form-urlencoded")
                .header("sec-fetch-site", "same-origin")
                .header("accept-language", "de, fr-CA;q=0.8, en;q=0.5");
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, value)| format!("{name}={}", value.replace('@', "%40").replace(' ', "+")))
                .collect();
            let body = Body::from(fields.join("&"));
            browser.send(request.body(body).expect("the request is whole")).await.fine()
        };
        send("account/sign_up", &[("email", "luc@demo.test"), ("name", "Luc")]).await;
        let letters = mailbox::list(&app.state.services, "http://127.0.0.1:3000").await.expect("the mailbox opens");
        assert!(letters.iter().any(|letter| letter.subject == "Confirmez votre adresse"), "{letters:?}");
        let token = app.mailed_token("luc@demo.test").await;
        send("account/confirm", &[("token", &token), ("password", GOOD)]).await;
        assert_eq!(app.texts("select locale from users where email = 'luc@demo.test'").await, ["fr"]);
    })
    .await;
}

#[tokio::test]
async fn somebody_founds_a_marketplace_and_invites_staff() {
    each_store(async |app| {
        let browser = app.browser();
        let form = [("email", "op@shop.test"), ("name", "Op"), ("marketplace", "Shop Street"), ("currency", "XXX1")];
        let wrong = browser.call("account/sign_up", &form).await;
        assert!(wrong.error().for_field("currency").is_some(), "{}", wrong.body);
        let form = [("email", "op@shop.test"), ("name", "Op"), ("marketplace", "Shop Street"), ("currency", "EUR")];
        browser.call("account/sign_up", &form).await.fine();
        let token = app.mailed_token("op@shop.test").await;
        browser.call("account/confirm", &[("token", &token), ("password", GOOD)]).await.fine();
        let hat = viewer(&browser).await.and_then(|seen| seen.hat).expect("wears the new hat");
        assert_eq!((hat.role, hat.name.as_str()), (Role::Admin, "Shop Street"));

        let invite = |role| [("email", "ruth@shop.test"), ("role", role)];
        let wrong = browser.call("account/invite", &invite("owner")).await;
        assert!(wrong.error().for_field("role").is_some(), "a marketplace has no owners");
        browser.call("account/invite", &invite("dispute_manager")).await.fine();
        let token = app.mailed_token("ruth@shop.test").await;
        let ruth = app.browser();
        let offer: InvitationOffer = ruth.call("account/look_invitation", &[("token", &token)]).await.json();
        assert_eq!((offer.place.as_str(), offer.role), ("Shop Street", Role::DisputeManager));
        assert!(!offer.has_account && !offer.is_me);
        let accept = [("token", token.as_str()), ("name", "Ruth"), ("password", GOOD)];
        ruth.call("account/accept", &accept).await.fine();
        let hat = viewer(&ruth).await.and_then(|seen| seen.hat);
        assert_eq!(hat.map(|hat| hat.role), Some(Role::DisputeManager));
        app.browser().call("account/accept", &accept).await.refused(404, "dead_link");
        ruth.call("account/invite", &[("email", "x@shop.test"), ("role", "admin")]).await.refused(403, "not_allowed");

        let team: Team = browser.call("account/team", &[]).await.json();
        assert_eq!((team.staff.len(), team.invitations.len(), team.may_change), (2, 0, true));
        let member = |email: &str| {
            team.staff.iter().find(|one| one.email == email).expect("on the staff").membership.to_string()
        };
        let (op, ruths) = (member("op@shop.test"), member("ruth@shop.test"));
        browser.call("account/remove_member", &[("membership", &op)]).await.refused(409, "last_administrator");
        app.wait(Span(16 * 60));
        browser.call("account/remove_member", &[("membership", &ruths)]).await.refused(403, "password_needed");
        browser.call("session/prove", &[("password", GOOD)]).await.fine();
        browser.call("account/remove_member", &[("membership", &ruths)]).await.fine();
        let seen = viewer(&ruth).await.expect("still a person");
        assert_eq!((seen.hat, seen.memberships.len()), (None, 0), "the right is gone at once");
    })
    .await;
}

#[tokio::test]
async fn who_may_not_invite_is_told_so_before_anything_about_fields() {
    each_store(async |app| {
        app.people().await;
        let finance = app.signed_in("finance@demo.test").await;
        let buyer = app.signed_in("bisi@demo.test").await;
        for fields in [[("email", "nonsense"), ("role", "king")], [("email", "x@shop.test"), ("role", "admin")]] {
            finance.call("account/invite", &fields).await.refused(403, "not_allowed");
            buyer.call("account/invite", &fields).await.refused(404, "not_found");
        }
        let ada = app.signed_in(ADA).await;
        let wrong = ada.call("account/invite", &[("email", "nonsense"), ("role", "king")]).await.error();
        assert!(wrong.for_field("email").is_some(), "{wrong:?}");
        assert_eq!(app.count("invitations").await, 0);
    })
    .await;
}

#[tokio::test]
async fn an_invitation_is_accepted_by_whoever_has_the_account() {
    each_store(async |app| {
        app.people().await;
        let ada = app.signed_in(ADA).await;
        ada.call("account/invite", &[("email", "bisi@demo.test"), ("role", "shipping")]).await.fine();
        let token = app.mailed_token("bisi@demo.test").await;
        // With another person signed in, the password of the invited account is asked for.
        let tunde = app.signed_in("tunde@demo.test").await;
        let wrong = tunde.call("account/accept", &[("token", &token), ("password", GOOD)]).await;
        wrong.refused(422, "wrong_credentials");
        let bisi = app.signed_in("bisi@demo.test").await;
        let offer: InvitationOffer = bisi.call("account/look_invitation", &[("token", &token)]).await.json();
        assert!(offer.has_account && offer.is_me);
        let before = bisi.cookies();
        bisi.call("account/accept", &[("token", &token)]).await.fine();
        assert_ne!(before, bisi.cookies(), "new rights, new id");
        let seen = viewer(&bisi).await.expect("signed in");
        let hat = seen.hat.expect("wears the new hat");
        assert_eq!((hat.role, hat.name.as_str()), (Role::Shipping, "Ada Stores"));
        bisi.call("session/wear", &[("hat", "")]).await.fine();
        assert_eq!(viewer(&bisi).await.map(|seen| seen.hat), Some(None));
        bisi.call("session/wear", &[("hat", &hat.key())]).await.fine();
        let foreign =
            viewer(&app.signed_in("kabir@demo.test").await).await.and_then(|seen| seen.hat).expect("an owner");
        bisi.call("session/wear", &[("hat", &foreign.key())]).await.refused(404, "not_found");
    })
    .await;
}

#[tokio::test]
async fn a_profile_is_edited_field_by_field() {
    each_store(async |app| {
        app.people().await;
        let ada = app.signed_in(ADA).await;
        let wrong = [("name", ""), ("phone", "12"), ("time_zone", "Mars/Olympus")];
        let refused = ada.call("account/edit_profile", &wrong).await.error();
        let fields: Vec<&str> = refused.fields.iter().map(|wrong| wrong.field.as_str()).collect();
        assert_eq!(fields, ["name", "phone", "time_zone"]);
        let right = [("name", "Ada O."), ("phone", "+234 803 123 4567"), ("time_zone", "Europe/Paris")];
        ada.call("account/edit_profile", &right).await.fine();
        let seen = viewer(&ada).await.expect("signed in");
        assert_eq!((seen.name.as_str(), seen.time_zone.as_str()), ("Ada O.", "Europe/Paris"));
    })
    .await;
}
