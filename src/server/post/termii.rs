//! Text messages by Termii: `POST /api/sms/send` with JSON that holds the key.

use async_trait::async_trait;
use reqwest::Client;
use serde_json::json;

use super::{
    Failure, PostError,
    arguments::ProviderSettings,
    sms::{TextSender, answer, client},
};
use crate::domain::text::Phone;

/// An account at Termii.
#[derive(Debug)]
pub struct Termii {
    client: Client,
    settings: ProviderSettings,
}

impl Termii {
    /// An account whose settings were checked.
    ///
    /// # Errors
    /// When no client can be made.
    pub fn new(settings: ProviderSettings) -> Result<Self, PostError> {
        Ok(Self { client: client()?, settings })
    }
}

#[async_trait]
impl TextSender for Termii {
    async fn send(&self, to: &Phone, text: &str) -> Result<String, Failure> {
        let ProviderSettings { url, key, from, .. } = &self.settings;
        // Numbers are written without their plus sign there.
        let to = to.as_str().trim_start_matches('+');
        let body = json!({
            "api_key": key, "to": to, "from": from, "sms": text, "type": "plain", "channel": "generic",
        });
        let answer = answer(self.client.post(format!("{url}/api/sms/send")).json(&body).send().await).await?;
        let id = answer.get("message_id_str").or_else(|| answer.get("message_id"));
        Ok(id.map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned)).unwrap_or_default())
    }
}
