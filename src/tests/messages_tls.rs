//! Mails over TLS: to a server that proves its name and nowhere else, and nothing of them in the clear.

use std::path::Path;

use holdfast::server::{
    outbox::messages,
    post::{
        Post,
        arguments::{PostArguments, PostSettings},
    },
};

use crate::helpers::{Authority, Eavesdropper, Meddling, Receiver, Shop, Store, TestApp, Until};

/// How the server is asked for TLS.
const WAYS: [(&str, &str); 2] = [("offered", "smtp"), ("always", "smtps")];

/// What a server is started with that shows this certificate.
fn words(way: &str, (key, certificate): &(impl AsRef<Path>, impl AsRef<Path>)) -> Vec<String> {
    let file = |name: &str, path: &Path| format!("--{name}={}", path.display());
    vec![
        format!("--tls={way}"),
        file("key", key.as_ref()),
        file("cert", certificate.as_ref()),
        "--login=fair:s3cret words".to_owned(),
    ]
}

/// Lets the application send to this port, with the login that the servers here want, and sends what is owed.
async fn sent_to(scheme: &str, port: u16, password: &str, authority: Option<&Authority>) -> (TestApp, String) {
    let mut app = TestApp::on(Store::Sqlite).await;
    let arguments = PostArguments {
        smtp_url: Some(format!("{scheme}://fair:{password}@localhost:{port}")),
        smtp_ca: authority.map(Authority::certificate),
        mail_from: Some("Lagos Fair <no-reply@fair.test>".to_owned()),
        smtp_timeout_secs: 5,
        ..PostArguments::default()
    };
    let settings = PostSettings::new(arguments).expect("the settings make sense");
    let public_url = app.state.config.public_url.clone();
    app.send_by(Post::open(&settings, &public_url, false).expect("the post opens"));
    let shop = Shop::open(&app).await;
    shop.place(&[]).await;
    messages::step(&app.state.services).await.expect("what cannot be sent is put off");
    let fate = "select state || ' ' || attempts || ' ' || last_error from messages where to_address = 'bisi@demo.test'";
    let fate = app.texts(fate).await.join("\n");
    (app, fate)
}

/// What must never be heard on the way: where a mail goes, what it says, and the password in any of its forms.
#[track_caller]
fn heard_nothing(of: &Eavesdropper, case: &str) {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let heard = of.heard();
    let login = STANDARD.encode("\0fair\0s3cret words");
    for secret in
        ["MAIL FROM", "RCPT", "bisi", "Your order", "AUTH", "s3cret", &login, &STANDARD.encode("s3cret words")]
    {
        assert!(!heard.contains(secret), "{case}: {secret} was said in the clear: {heard}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_go_encrypted_to_a_server_that_an_authority_of_ones_own_vouches_for() {
    let authority = Authority::new();
    let certificate = authority.vouch("localhost", Until::Tomorrow);
    for (way, scheme) in WAYS {
        let receiver = Receiver::with(&words(way, &certificate));
        let on_the_way = Eavesdropper::before(receiver.port, Meddling::None);
        let (app, fate) = sent_to(scheme, on_the_way.port, "s3cret%20words", Some(&authority)).await;
        assert_eq!(fate, "sent 1 ", "{scheme}");
        let arrived = receiver.wait();
        assert_eq!((arrived.secure, arrived.user.as_str()), (true, "fair"), "{scheme}");
        assert_eq!(arrived.to, ["bisi@demo.test"]);
        assert!(arrived.raw.contains("Subject: "), "{}", arrived.raw);
        heard_nothing(&on_the_way, scheme);
        // STARTTLS is asked for in the clear, and nothing else but who we are.
        assert_eq!(on_the_way.heard().contains("STARTTLS"), way == "offered", "it was listened to");
        app.verified().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_cannot_prove_its_name_gets_no_mail_and_no_password() {
    let (authority, stranger, late) = (Authority::new(), Authority::new(), Authority::new());
    let ours = authority.vouch("localhost", Until::Tomorrow);
    let other_name = authority.vouch("mail.other.test", Until::Tomorrow);
    let by_stranger = stranger.vouch("localhost", Until::Tomorrow);
    let ended = late.vouch("localhost", Until::Yesterday);
    let cases = [
        ("a certificate of an authority that nobody named", &by_stranger, Some(&authority), "UnknownIssuer"),
        ("an authority that is not in the settings", &ours, None, "UnknownIssuer"),
        ("a certificate for another name", &other_name, Some(&authority), "not valid for name"),
        ("a certificate that has ended", &ended, Some(&late), "Expired"),
    ];
    for (case, certificate, trusted, because) in cases {
        for (way, scheme) in WAYS {
            let receiver = Receiver::with(&words(way, certificate));
            let on_the_way = Eavesdropper::before(receiver.port, Meddling::None);
            let (_app, fate) = sent_to(scheme, on_the_way.port, "s3cret%20words", trusted).await;
            assert!(fate.starts_with("pending 1 ") && fate.contains(because), "{case}, {scheme}: {fate}");
            assert!(receiver.arrived().is_empty(), "{case}, {scheme}");
            heard_nothing(&on_the_way, case);
            assert!(!on_the_way.heard().is_empty(), "it was listened to");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_tls_gets_no_mail_and_no_password() {
    let authority = Authority::new();
    let receiver = Receiver::with(&["--login=fair:s3cret words".to_owned()]);
    let because = [("smtp", "STARTTLS is not supported"), ("smtps", "")];
    for (scheme, because) in because {
        let on_the_way = Eavesdropper::before(receiver.port, Meddling::None);
        let (_app, fate) = sent_to(scheme, on_the_way.port, "s3cret%20words", Some(&authority)).await;
        assert!(fate.starts_with("pending 1 ") && fate.contains(because), "{scheme}: {fate}");
        assert!(fate.len() > "pending 1 ".len(), "the reason is said");
        assert!(receiver.arrived().is_empty());
        heard_nothing(&on_the_way, scheme);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_slipped_in_before_tls_is_not_taken_for_one_of_the_server() {
    let authority = Authority::new();
    let certificate = authority.vouch("localhost", Until::Tomorrow);
    let receiver = Receiver::with(&words("offered", &certificate));
    // Taken for the encrypted server's, it would put every answer after it off by one: what is refused would count as sent.
    let on_the_way = Eavesdropper::before(receiver.port, Meddling::SlipsIn("250-localhost\r\n250 AUTH PLAIN\r\n"));
    let (_app, fate) = sent_to("smtp", on_the_way.port, "s3cret%20words", Some(&authority)).await;
    assert!(fate.starts_with("pending 1 "), "{fate}");
    assert!(receiver.arrived().is_empty());
    assert!(on_the_way.heard().contains("STARTTLS"), "it got that far");
    heard_nothing(&on_the_way, "slipped in");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_said_and_the_mail_waits() {
    let authority = Authority::new();
    let certificate = authority.vouch("localhost", Until::Tomorrow);
    for (way, scheme) in WAYS {
        let receiver = Receiver::with(&words(way, &certificate));
        let (_app, fate) = sent_to(scheme, receiver.port, "another", Some(&authority)).await;
        assert!(fate.starts_with("pending 1 ") && fate.contains("wrong name or password"), "{fate}");
        assert!(!fate.contains("another"), "the password stands nowhere: {fate}");
        assert!(receiver.arrived().is_empty());
    }
}
