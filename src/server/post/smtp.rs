//! Mails by SMTP: connections are kept and used again, and each exchange has an end, so that a server that hangs holds up
//! only what it was given.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use lettre::{
    Address, Message,
    message::{
        Mailbox, MultiPart,
        header::{Header, HeaderName, HeaderValue},
    },
    transport::smtp::{
        Error,
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, Certificate, TlsParameters},
        commands::{Data, Mail as MailCommand, Rcpt, Rset},
        extension::{ClientId, Extension, MailParameter},
    },
};
use tokio::{
    net::TcpStream,
    time::{Instant, timeout},
};

use super::{
    Failure, Mail, PostError,
    arguments::{Protection, SmtpSettings},
    careful::Careful,
};

/// Connections that are kept for the next mail.
const MOST_KEPT: usize = 64;
/// How long one is kept: mail servers close what is silent for minutes.
const KEPT_FOR: Duration = Duration::from_secs(30);

/// A mail server; cheap to clone.
#[derive(Clone)]
pub struct Smtp(Arc<Inner>);

struct Inner {
    settings: SmtpSettings,
    tls: Option<TlsParameters>,
    kept: Mutex<Vec<(AsyncSmtpConnection, Instant)>>,
}

impl std::fmt::Debug for Smtp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Smtp").field(&self.0.settings).finish()
    }
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
enum NoConnection {
    #[error("the mail server is out of reach")]
    Reach(#[from] std::io::Error),
    #[error("the mail server lets nobody in")]
    Door(#[from] Error),
}

/// At which point of the exchange something went wrong.
enum Wrong {
    /// Before the recipient was named: it is about us, or about the connection.
    Ours(Error),
    /// The server does not want the recipient, or the mail.
    Theirs(Error),
}

impl Smtp {
    /// A server that is reached when there is something to send.
    ///
    /// # Errors
    /// When its name, or an authority that it is to be trusted by, cannot be used for TLS.
    pub fn new(settings: &SmtpSettings) -> Result<Self, PostError> {
        let tls = match settings.protection {
            Protection::Plain => None,
            Protection::StartTls | Protection::Tls => Some(tls_to(settings).map_err(PostError::Tls)?),
        };
        Ok(Self(Arc::new(Inner { settings: settings.clone(), tls, kept: Mutex::default() })))
    }

    /// Sends a mail. It is never cut off half way: a connection on which it took too long is closed, not used again.
    ///
    /// # Errors
    /// Never: the recipient or the mail is refused for good. Later: everything else.
    pub async fn send(&self, mail: &Mail) -> Result<(), Failure> {
        let message = message(mail, &self.0.settings.from)?;
        let bytes = message.formatted();
        let to = message.envelope().to().first().cloned().ok_or_else(|| never("there is no recipient"))?;
        let patience = self.0.settings.patience;
        let Ok(outcome) = timeout(patience, self.deliver(&to, &bytes)).await else {
            return Err(Failure::Later(format!("the mail server did not answer within {} s", patience.as_secs())));
        };
        outcome
    }

    async fn deliver(&self, to: &Address, bytes: &[u8]) -> Result<(), Failure> {
        // A connection that was kept may have been closed by the server meanwhile: then there is a new one.
        if let Some(mut connection) = self.kept() {
            match self.exchange(&mut connection, to, bytes).await {
                Err(Wrong::Ours(error)) if error.status().is_none() => {}
                done => return self.keep(connection, done).await,
            }
        }
        let mut connection = self.connect().await.map_err(|error| Failure::Later(said(&error)))?;
        let done = self.exchange(&mut connection, to, bytes).await;
        self.keep(connection, done).await
    }

    async fn exchange(&self, on: &mut AsyncSmtpConnection, to: &Address, bytes: &[u8]) -> Result<(), Wrong> {
        let from = self.0.settings.from.email.clone();
        let mut parameters = Vec::new();
        if !to.to_string().is_ascii() && on.server_info().supports_feature(Extension::SmtpUtfEight) {
            parameters.push(MailParameter::SmtpUtfEight);
        }
        on.command(MailCommand::new(Some(from), parameters)).await.map_err(Wrong::Ours)?;
        on.command(Rcpt::new(to.clone(), Vec::new())).await.map_err(Wrong::Theirs)?;
        on.command(Data).await.map_err(Wrong::Theirs)?;
        on.message(bytes).await.map_err(Wrong::Theirs)?;
        Ok(())
    }

    fn kept(&self) -> Option<AsyncSmtpConnection> {
        let mut kept = self.0.kept.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some((connection, since)) = kept.pop() {
            if since.elapsed() < KEPT_FOR {
                return Some(connection);
            }
        }
        None
    }

    /// Keeps a connection for the next mail, unless it is of no more use, and says what came of this one.
    async fn keep(&self, mut connection: AsyncSmtpConnection, done: Result<(), Wrong>) -> Result<(), Failure> {
        let usable = match &done {
            Ok(()) => true,
            // What was refused leaves the exchange half way: the server is asked to forget it.
            Err(Wrong::Ours(error) | Wrong::Theirs(error)) => {
                error.status().is_some() && connection.command(Rset).await.is_ok()
            }
        };
        if usable {
            let mut kept = self.0.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() < MOST_KEPT {
                kept.push((connection, Instant::now()));
            }
        }
        done.map_err(|wrong| match wrong {
            Wrong::Theirs(error) if error.is_permanent() => Failure::Never(said(&error)),
            Wrong::Theirs(error) | Wrong::Ours(error) => later(&error),
        })
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, NoConnection> {
        let settings = &self.0.settings;
        let hello = ClientId::default();
        let wrapped = self.0.tls.clone().filter(|_| settings.protection == Protection::Tls);
        let server = (settings.host.as_str(), settings.port);
        let mut connection = if let Some(tls) = wrapped {
            AsyncSmtpConnection::connect_tokio1(server, Some(settings.patience), &hello, Some(tls), None).await?
        } else {
            let stream = TcpStream::connect(server).await?;
            // The end of a mail is a small piece of its own, which would wait for the answer to the one before.
            stream.set_nodelay(true)?;
            AsyncSmtpConnection::connect_with_transport(
                Box::new(Careful::new(stream, settings.protection == Protection::StartTls)),
                &hello,
            )
            .await?
        };
        if let (Protection::StartTls, Some(tls)) = (settings.protection, &self.0.tls) {
            // Without it the server gets neither the password nor a mail.
            connection.starttls(tls.clone(), &hello).await?;
        }
        if let Some((name, password)) = &settings.login {
            let login = Credentials::new(name.clone(), password.clone());
            connection.auth(&[Mechanism::Plain, Mechanism::Login], &login).await?;
        }
        Ok(connection)
    }
}

/// The server must prove its name by a certificate of the usual authorities, or of one in the settings.
fn tls_to(settings: &SmtpSettings) -> Result<TlsParameters, Error> {
    let mut tls = TlsParameters::builder(settings.host.clone());
    if !settings.authorities.is_empty() {
        tls = tls.add_root_certificate(Certificate::from_pem(&settings.authorities)?);
    }
    tls.build()
}

fn never(why: &str) -> Failure {
    Failure::Never(why.to_owned())
}

fn later(error: &Error) -> Failure {
    Failure::Later(said(error))
}

/// What a server said, on one line.
fn said(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(reason) = cause {
        let reason_text = reason.to_string();
        if !text.contains(&reason_text) {
            text = format!("{text}: {reason_text}");
        }
        cause = reason.source();
    }
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(300).collect()
}

/// The mail as it goes over the wire: text and HTML of the same words.
fn message(mail: &Mail, from: &Mailbox) -> Result<Message, Failure> {
    for (part, text) in [("subject", &mail.subject), ("name", &mail.to_name), ("address", &mail.to_address)] {
        if text.chars().any(char::is_control) {
            return Err(Failure::Never(format!("a line break or control character in the {part} is refused")));
        }
    }
    let address: Address = mail.to_address.parse().map_err(|_| never("this is not an e-mail address"))?;
    let name = Some(mail.to_name.clone()).filter(|name| !name.is_empty());
    let micros = u64::try_from(mail.at.0).unwrap_or_default();
    let mut builder = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(name, address))
        .subject(mail.subject.clone())
        .date(SystemTime::UNIX_EPOCH + Duration::from_micros(micros))
        .message_id(Some(format!("<{}@{}>", mail.id.simple(), mail.host)))
        .header(AutoSubmitted);
    if let Some(link) = &mail.unsubscribe {
        builder = builder.header(ListUnsubscribe(link.clone()));
    }
    let parts = MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone());
    builder.multipart(parts).map_err(|error| Failure::Never(error.to_string()))
}

/// Says that no answer by a machine is wanted (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Where such mails can be turned off (RFC 2369).
#[derive(Clone)]
struct ListUnsubscribe(String);

impl Header for ListUnsubscribe {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe")
    }

    fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self(text.trim_matches(['<', '>']).to_owned()))
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), format!("<{}>", self.0))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{Failure, Mail, message};
    use crate::domain::time::Moment;

    fn mail(name: &str, subject: &str) -> Mail {
        Mail {
            id: Uuid::from_u128(7),
            host: "orders.example".to_owned(),
            to_name: name.to_owned(),
            to_address: "bisi@demo.test".to_owned(),
            subject: subject.to_owned(),
            text: "Hello.\n.\nBye.".to_owned(),
            html: "<p>Hello.</p>".to_owned(),
            unsubscribe: Some("https://orders.example/settings#notifications".to_owned()),
            at: Moment(1_795_424_400_000_000),
        }
    }

    fn formatted(name: &str, subject: &str) -> String {
        let from = "Lagos Fair <no-reply@orders.example>".parse().expect("a mailbox");
        String::from_utf8(message(&mail(name, subject), &from).expect("it can be sent").formatted()).expect("ASCII")
    }

    #[test]
    fn nothing_that_somebody_typed_becomes_a_header() {
        let from = "Lagos Fair <no-reply@orders.example>".parse().expect("a mailbox");
        for (name, subject) in [
            ("Bisi\r\nBcc: all@evil.test", "Hello"),
            ("Bisi", "Hello\r\nBcc: all@evil.test"),
            ("Bisi\n", "Hello"),
            ("Bisi", "Hello\u{0}"),
        ] {
            let refused = message(&mail(name, subject), &from).expect_err("it is refused");
            assert!(matches!(refused, Failure::Never(why) if why.contains("refused")));
        }
        for name in ["Bisi <all@evil.test>", "\"Bisi\", all@evil.test", "a@b.cd", "Ọláyínká ₦", "=?utf-8?q?x?=", "(x)"]
        {
            let text = formatted(name, name);
            let (head, _) = text.split_once("\r\n\r\n").expect("a head and a body");
            let to: Vec<&str> = head.split("\r\n").filter(|line| line.starts_with("To: ")).collect();
            assert_eq!(to.len(), 1, "{head}");
            assert!(!head.to_lowercase().contains("\r\nbcc"), "{head}");
        }
    }

    #[test]
    fn the_same_message_has_the_same_id_and_both_kinds_of_text() {
        let text = formatted("Bisi Alade", "Delivered");
        assert!(text.contains("Message-ID: <00000000000000000000000000000007@orders.example>\r\n"), "{text}");
        assert!(text.contains("List-Unsubscribe: <https://orders.example/settings#notifications>\r\n"), "{text}");
        assert!(text.contains("Auto-Submitted: auto-generated\r\n"));
        assert!(text.contains("multipart/alternative") && text.contains("text/plain") && text.contains("text/html"));
    }
}
