//! Text messages by Twilio: `POST /2010-04-01/Accounts/{sid}/Messages.json` with a form and basic authentication.

use async_trait::async_trait;
use reqwest::Client;

use super::{
    Failure, PostError,
    arguments::ProviderSettings,
    sms::{TextSender, answer, client},
};
use crate::domain::text::Phone;

/// An account at Twilio.
#[derive(Debug)]
pub struct Twilio {
    client: Client,
    settings: ProviderSettings,
}

impl Twilio {
    /// An account whose settings were checked.
    ///
    /// # Errors
    /// When no client can be made.
    pub fn new(settings: ProviderSettings) -> Result<Self, PostError> {
        Ok(Self { client: client()?, settings })
    }
}

#[async_trait]
impl TextSender for Twilio {
    async fn send(&self, to: &Phone, text: &str) -> Result<String, Failure> {
        let ProviderSettings { url, account, key, from } = &self.settings;
        let sent = self
            .client
            .post(format!("{url}/2010-04-01/Accounts/{account}/Messages.json"))
            .basic_auth(account, Some(key))
            .form(&[("To", to.as_str()), ("From", from.as_str()), ("Body", text)])
            .send()
            .await;
        let answer = answer(sent).await?;
        Ok(answer.get("sid").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned())
    }
}
