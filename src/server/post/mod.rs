//! How mails and text messages leave the house: by a mail server, by a provider's HTTP API, or into the local mailbox.

use std::{io, path::PathBuf};

use uuid::Uuid;

use self::{
    arguments::{PostSettings, TextSettings},
    sms::TextSender,
    smtp::Smtp,
    termii::Termii,
    twilio::Twilio,
};

pub mod arguments;
mod careful;
pub mod sms;
pub mod smtp;
pub mod termii;
pub mod twilio;

/// Why something was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// It may be otherwise in a while.
    #[error("{0}")]
    Later(String),
    /// It will never be otherwise.
    #[error("{0}")]
    Never(String),
}

/// What has been set up cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    #[error("HOLDFAST_SMTP_URL must look like smtp://user:password@mail.example.com:587 or smtps://…: {0}")]
    SmtpUrl(&'static str),
    #[error("HOLDFAST_MAIL_FROM must look like \"Lagos Fair <no-reply@example.com>\"")]
    MailFrom,
    #[error("HOLDFAST_SMTP_URL needs HOLDFAST_MAIL_FROM, the address that mails come from")]
    NoMailFrom,
    #[error("HOLDFAST_SMTP_CA: the file {} cannot be read", .0.display())]
    SmtpCa(PathBuf, #[source] io::Error),
    #[error("HOLDFAST_SMTP_CA: there is no certificate in {} (PEM is expected)", .0.display())]
    SmtpCaEmpty(PathBuf),
    #[error("HOLDFAST_SMTP_CA names an authority, but there is no TLS to the mail server: leave tls=none away")]
    SmtpCaUnused,
    #[error("HOLDFAST_SMS_PROVIDER must be twilio or termii")]
    SmsProvider,
    #[error("HOLDFAST_SMS_PROVIDER={0} needs {1}")]
    SmsMissing(&'static str, &'static str),
    #[error("the address of the text message provider must begin with https:// (http:// on loopback addresses only)")]
    SmsUrl,
    #[error("the mail server's name, or the authorities in HOLDFAST_SMTP_CA, cannot be used for TLS")]
    Tls(#[source] lettre::transport::smtp::Error),
    #[error("no HTTP client can be made for the text message provider")]
    Http(#[source] reqwest::Error),
}

/// Where something goes out.
#[derive(Debug)]
pub enum Door<T> {
    /// To people.
    Open(T),
    /// Into the local mailbox of demo mode.
    Mailbox,
    /// Nowhere: nothing is set up.
    Closed,
}

impl<T> Door<T> {
    /// Whether anything can leave.
    pub const fn is_closed(&self) -> bool {
        matches!(self, Self::Closed)
    }
}

/// The ways out of this installation.
#[derive(Debug)]
pub struct Post {
    /// The configured address of this installation, with which links begin.
    pub public_url: String,
    /// For mails.
    pub mail: Door<Smtp>,
    /// For text messages.
    pub text: Door<Box<dyn TextSender>>,
}

impl Post {
    /// Opens what is set up; in demo mode what is not goes into the local mailbox. Works inside the runtime only.
    ///
    /// # Errors
    /// What of the settings cannot be used.
    pub fn open(settings: &PostSettings, public_url: &str, demo: bool) -> Result<Self, PostError> {
        // Whoever speaks TLS uses one provider; that it is there already is no fault.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mail = match &settings.smtp {
            Some(smtp) => Door::Open(Smtp::new(smtp)?),
            None if demo => Door::Mailbox,
            None => Door::Closed,
        };
        let text: Door<Box<dyn TextSender>> = match &settings.text {
            Some(TextSettings::Twilio(twilio)) => Door::Open(Box::new(Twilio::new(twilio.clone())?)),
            Some(TextSettings::Termii(termii)) => Door::Open(Box::new(Termii::new(termii.clone())?)),
            None if demo => Door::Mailbox,
            None => Door::Closed,
        };
        Ok(Self { public_url: public_url.to_owned(), mail, text })
    }

    /// Everything into the local mailbox.
    pub fn into_mailbox(public_url: &str) -> Self {
        Self { public_url: public_url.to_owned(), mail: Door::Mailbox, text: Door::Mailbox }
    }

    /// Nothing leaves: for commands that send nothing.
    pub const fn closed() -> Self {
        Self { public_url: String::new(), mail: Door::Closed, text: Door::Closed }
    }

    /// The host of this installation, for ids of mails.
    pub fn host(&self) -> &str {
        let bare = self.public_url.split_once("://").map_or(self.public_url.as_str(), |(_, bare)| bare);
        bare.split([':', '/']).next().filter(|host| !host.is_empty()).unwrap_or("localhost")
    }
}

/// A mail, ready to be sent.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The message that it is; its id follows from it, so that the same mail sent twice is known as one.
    pub id: Uuid,
    /// The host in its id.
    pub host: String,
    /// The name of whoever gets it.
    pub to_name: String,
    /// Their address.
    pub to_address: String,
    /// The subject.
    pub subject: String,
    /// As plain text.
    pub text: String,
    /// As HTML.
    pub html: String,
    /// Where whoever gets it can choose to get no more such mails.
    pub unsubscribe: Option<String>,
    /// When it is sent.
    pub at: crate::domain::time::Moment,
}
