//! What of the post can be set from outside, and what of it is refused at the start.

use std::{net::IpAddr, path::PathBuf, time::Duration};

use clap::Args;
use lettre::message::Mailbox;

use super::PostError;

/// How mails and text messages leave.
#[derive(Args, Clone, Default)]
pub struct PostArguments {
    /// The mail server: `smtp://user:password@host:587` (TLS after STARTTLS, required), `smtps://…:465` (TLS from the
    /// beginning), or `smtp://host:25?tls=none` (in the clear). Without one, demo mode shows mails in a local mailbox.
    #[arg(long, env = "HOLDFAST_SMTP_URL", hide_env_values = true)]
    pub smtp_url: Option<String>,
    /// A file with certificates (PEM) of authorities that are trusted for the mail server as well, such as your own.
    #[arg(long, env = "HOLDFAST_SMTP_CA")]
    pub smtp_ca: Option<PathBuf>,
    /// Whom mails come from: `Lagos Fair <no-reply@example.com>`.
    #[arg(long, env = "HOLDFAST_MAIL_FROM")]
    pub mail_from: Option<String>,
    /// How many seconds the mail server may take for one mail.
    #[arg(long, env = "HOLDFAST_SMTP_TIMEOUT_SECS", default_value_t = SMTP_TIMEOUT_SECS)]
    pub smtp_timeout_secs: u64,
    /// Who carries text messages: `twilio` or `termii`.
    #[arg(long, env = "HOLDFAST_SMS_PROVIDER")]
    pub sms_provider: Option<String>,
    /// The account at Twilio (its SID).
    #[arg(long, env = "HOLDFAST_SMS_ACCOUNT")]
    pub sms_account: Option<String>,
    /// The auth token at Twilio, the API key at Termii.
    #[arg(long, env = "HOLDFAST_SMS_KEY", hide_env_values = true)]
    pub sms_key: Option<String>,
    /// The number or name that text messages come from.
    #[arg(long, env = "HOLDFAST_SMS_FROM")]
    pub sms_from: Option<String>,
    /// Another address of the provider's API than its usual one.
    #[arg(long, env = "HOLDFAST_SMS_URL")]
    pub sms_url: Option<String>,
}

/// Says what is set, not the secrets in it.
impl std::fmt::Debug for PostArguments {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostArguments")
            .field("smtp", &self.smtp_url.is_some())
            .field("mail_from", &self.mail_from)
            .field("sms_provider", &self.sms_provider)
            .finish_non_exhaustive()
    }
}

/// How many seconds a mail server may take for one mail, unless something else is set. A claim lasts longer.
pub const SMTP_TIMEOUT_SECS: u64 = 20;

/// How a connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// Not at all.
    Plain,
    /// By TLS, asked for after the greeting; a server without it gets nothing.
    StartTls,
    /// By TLS from the beginning.
    Tls,
}

/// A mail server.
#[derive(Clone)]
pub struct SmtpSettings {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The protection.
    pub protection: Protection,
    /// Certificates of further authorities that are trusted for it, as PEM; empty when there are none.
    pub authorities: Vec<u8>,
    /// Name and password, where it asks for them.
    pub login: Option<(String, String)>,
    /// Whom mails come from.
    pub from: Mailbox,
    /// How long one mail may take.
    pub patience: Duration,
}

/// Says where, not with which password.
impl std::fmt::Debug for SmtpSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SmtpSettings")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("protection", &self.protection)
            .finish_non_exhaustive()
    }
}

/// An account at a provider of text messages.
#[derive(Clone)]
pub struct ProviderSettings {
    /// Where its API begins, without a slash at its end.
    pub url: String,
    /// The account, where it has a name.
    pub account: String,
    /// The secret.
    pub key: String,
    /// The number or name that messages come from.
    pub from: String,
}

/// Says where, not with which key.
impl std::fmt::Debug for ProviderSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProviderSettings").field("url", &self.url).field("from", &self.from).finish_non_exhaustive()
    }
}

/// Who carries text messages.
#[derive(Debug, Clone)]
pub enum TextSettings {
    /// Twilio.
    Twilio(ProviderSettings),
    /// Termii.
    Termii(ProviderSettings),
}

/// What is set up, once it was found to make sense.
#[derive(Debug, Clone, Default)]
pub struct PostSettings {
    /// For mails.
    pub smtp: Option<SmtpSettings>,
    /// For text messages.
    pub text: Option<TextSettings>,
}

impl PostSettings {
    /// Checks the arguments.
    ///
    /// # Errors
    /// The first that makes no sense.
    pub fn new(arguments: PostArguments) -> Result<Self, PostError> {
        let smtp = match &arguments.smtp_url {
            Some(url) => {
                let from = arguments.mail_from.as_deref().ok_or(PostError::NoMailFrom)?;
                let from = from.parse().map_err(|_| PostError::MailFrom)?;
                let patience = Duration::from_secs(arguments.smtp_timeout_secs.clamp(1, SMTP_TIMEOUT_SECS));
                let mut smtp = smtp(url, from, patience)?;
                if let Some(file) = &arguments.smtp_ca {
                    smtp.authorities = authorities(file, smtp.protection)?;
                }
                Some(smtp)
            }
            None => None,
        };
        Ok(Self { smtp, text: text(arguments)? })
    }
}

/// Reads the certificates of further authorities; that they make sense shows when they are used.
fn authorities(file: &std::path::Path, protection: Protection) -> Result<Vec<u8>, PostError> {
    if protection == Protection::Plain {
        return Err(PostError::SmtpCaUnused);
    }
    let pem = std::fs::read(file).map_err(|error| PostError::SmtpCa(file.to_owned(), error))?;
    if String::from_utf8_lossy(&pem).contains("-----BEGIN CERTIFICATE-----") {
        Ok(pem)
    } else {
        Err(PostError::SmtpCaEmpty(file.to_owned()))
    }
}

/// Whether what is said to this host leaves this machine.
fn is_elsewhere(host: &str) -> bool {
    host != "localhost" && !host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

fn smtp(url: &str, from: Mailbox, patience: Duration) -> Result<SmtpSettings, PostError> {
    let wrong = PostError::SmtpUrl;
    let (scheme, rest) = url.split_once("://").ok_or(wrong("there is no scheme"))?;
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (protection, usual_port) = match (scheme, query) {
        ("smtps", "") => (Protection::Tls, 465),
        ("smtp", "" | "tls=required") => (Protection::StartTls, 587),
        ("smtp", "tls=none") => (Protection::Plain, 25),
        ("smtp" | "smtps", _) => return Err(wrong("after the question mark only tls=required or tls=none may stand")),
        _ => return Err(wrong("the scheme is smtp or smtps")),
    };
    let rest = rest.trim_end_matches('/');
    let (login, place) = match rest.rsplit_once('@') {
        Some((login, place)) => (Some(login), place),
        None => (None, rest),
    };
    let login = login
        .map(|login| {
            let (name, password) = login.split_once(':').ok_or(wrong("a name needs a password"))?;
            let decode = |text| decoded(text).ok_or(wrong("a percent sign stands for nothing"));
            Ok((decode(name)?, decode(password)?))
        })
        .transpose()?;
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().map_err(|_| wrong("the port is a number"))?),
        _ => (place, usual_port),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    if host.is_empty() || host.contains(['/', ' ']) {
        return Err(wrong("there is no host"));
    }
    if protection == Protection::Plain && login.is_some() && is_elsewhere(&host) {
        return Err(wrong("a password is never sent in the clear: leave tls=none away, or the name and password"));
    }
    Ok(SmtpSettings { host, port, protection, authorities: Vec::new(), login, from, patience })
}

/// A text in which signs may be written in percents.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

fn text(arguments: PostArguments) -> Result<Option<TextSettings>, PostError> {
    let Some(provider) = arguments.sms_provider.as_deref() else { return Ok(None) };
    let (name, usual_url) = match provider {
        "twilio" => ("twilio", "https://api.twilio.com"),
        "termii" => ("termii", "https://api.ng.termii.com"),
        _ => return Err(PostError::SmsProvider),
    };
    let need =
        |value: Option<String>, what| value.filter(|value| !value.is_empty()).ok_or(PostError::SmsMissing(name, what));
    let url = arguments.sms_url.unwrap_or_else(|| usual_url.to_owned()).trim_end_matches('/').to_owned();
    let on_loopback =
        ["http://127.0.0.1", "http://localhost", "http://[::1]"].iter().any(|start| url.starts_with(start));
    if !url.starts_with("https://") && !on_loopback {
        return Err(PostError::SmsUrl);
    }
    let account = match name {
        "twilio" => need(arguments.sms_account, "HOLDFAST_SMS_ACCOUNT")?,
        _ => String::new(),
    };
    let key = need(arguments.sms_key, "HOLDFAST_SMS_KEY")?;
    let from = need(arguments.sms_from, "HOLDFAST_SMS_FROM")?;
    let settings = ProviderSettings { url, account, key, from };
    Ok(Some(if name == "twilio" { TextSettings::Twilio(settings) } else { TextSettings::Termii(settings) }))
}

#[cfg(test)]
mod tests {
    use super::{PostArguments, PostSettings, Protection};

    fn settings(url: &str, from: &str) -> Result<PostSettings, String> {
        let arguments = PostArguments {
            smtp_url: Some(url.to_owned()),
            mail_from: (!from.is_empty()).then(|| from.to_owned()),
            ..PostArguments::default()
        };
        PostSettings::new(arguments).map_err(|error| error.to_string())
    }

    #[test]
    fn a_mail_server_is_read_from_its_address() {
        for (url, host, port, protection) in [
            ("smtp://mail.example.com", "mail.example.com", 587, Protection::StartTls),
            ("smtp://mail.example.com:25?tls=none", "mail.example.com", 25, Protection::Plain),
            ("smtp://mail.example.com?tls=required", "mail.example.com", 587, Protection::StartTls),
            ("smtps://mail.example.com/", "mail.example.com", 465, Protection::Tls),
            ("smtps://[::1]:1465", "::1", 1465, Protection::Tls),
        ] {
            let smtp = settings(url, "no-reply@example.com").expect(url).smtp.expect(url);
            assert_eq!((smtp.host.as_str(), smtp.port, smtp.protection), (host, port, protection), "{url}");
            assert_eq!(smtp.login, None);
        }
        let smtp = settings("smtp://u%40x:p%3Ass@h", "Fair <a@b.cd>").expect("an address").smtp.expect("a server");
        assert_eq!(smtp.login, Some(("u@x".to_owned(), "p:ss".to_owned())));
        assert!(!format!("{smtp:?}").contains("ss\""), "no password in what is logged");
        let near = settings("smtp://u:p@127.0.0.1?tls=none", "a@b.cd").expect("it never leaves this machine");
        assert!(near.smtp.expect("a server").login.is_some());
    }

    #[test]
    fn authorities_must_be_there_and_of_use() {
        let said = |url: &str, file: &str| {
            let arguments = PostArguments {
                smtp_url: Some(url.to_owned()),
                smtp_ca: Some(file.into()),
                mail_from: Some("a@b.cd".to_owned()),
                ..PostArguments::default()
            };
            PostSettings::new(arguments).expect_err(file).to_string()
        };
        assert!(said("smtp://mail.example.com", "no/such/file.pem").contains("no/such/file.pem"));
        assert!(said("smtp://mail.example.com", "Cargo.toml").contains("no certificate"));
        assert!(said("smtp://mail.example.com?tls=none", "Cargo.toml").contains("no TLS"));
    }

    #[test]
    fn what_makes_no_sense_is_said() {
        for (url, from, because) in [
            ("mail.example.com", "a@b.cd", "no scheme"),
            ("http://mail.example.com", "a@b.cd", "smtp or smtps"),
            ("smtp://mail.example.com?tls=maybe", "a@b.cd", "tls=required"),
            ("smtps://mail.example.com?tls=none", "a@b.cd", "tls=required"),
            ("smtp://mail.example.com:many", "a@b.cd", "port"),
            ("smtp://user@mail.example.com", "a@b.cd", "password"),
            ("smtp://u:%zz@mail.example.com", "a@b.cd", "percent"),
            ("smtp://", "a@b.cd", "no host"),
            ("smtp://u:p@mail.example.com?tls=none", "a@b.cd", "in the clear"),
            ("smtp://mail.example.com", "", "HOLDFAST_MAIL_FROM"),
            ("smtp://mail.example.com", "nobody", "HOLDFAST_MAIL_FROM"),
            ("smtp://mail.example.com", "A <a@b.cd>\r\nBcc: x@y.zz", "HOLDFAST_MAIL_FROM"),
        ] {
            let said = settings(url, from).expect_err(url);
            assert!(said.contains(because), "{url}: {said}");
        }
    }

    #[test]
    fn a_provider_of_text_messages_needs_all_of_its_settings() {
        let arguments = |provider: &str, url: Option<&str>| PostArguments {
            sms_provider: Some(provider.to_owned()),
            sms_key: Some("key".to_owned()),
            sms_from: Some("Fair".to_owned()),
            sms_url: url.map(str::to_owned),
            ..PostArguments::default()
        };
        let said = |arguments| PostSettings::new(arguments).map_err(|error| error.to_string());
        assert!(said(arguments("termii", None)).is_ok());
        assert!(said(arguments("termii", Some("http://127.0.0.1:8080"))).is_ok());
        assert!(said(arguments("twilio", None)).expect_err("no account").contains("HOLDFAST_SMS_ACCOUNT"));
        assert!(said(arguments("pigeon", None)).expect_err("nobody").contains("twilio or termii"));
        assert!(said(arguments("termii", Some("http://sms.example"))).expect_err("in the clear").contains("https"));
    }
}
