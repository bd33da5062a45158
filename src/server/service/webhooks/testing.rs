//! The test button: one request at once, whose answer's status is shown and whose words are not.

use super::{endpoint_of, keys_of};
use crate::{
    domain::{access::Viewer, id::EndpointId, webhook::Outcome},
    server::{
        clock,
        error::Error,
        service::{Services, Visit, audit, throttle},
        storage::{self, webhooks as rows},
        webhook,
    },
};

/// Sends a `test` event and writes down what came back. Throttled by person: what it asks for is a request to anywhere.
pub async fn send(services: &Services, visit: &Visit, viewer: &Viewer, id: EndpointId) -> Result<Outcome, Error> {
    let now = services.now();
    let input = (viewer.clone(), visit.clone());
    let endpoint = services
        .db
        .write(input, move |tx, (viewer, visit)| {
            Box::pin(async move {
                let endpoint = endpoint_of(tx, viewer, id).await?;
                throttle::count(tx, &throttle::WEBHOOK_TESTS, &viewer.user.to_string(), now).await?;
                let who = (Some(viewer.user), viewer.hat.as_ref().map(|hat| hat.marketplace));
                audit(tx, visit, "webhook_tested", who, serde_json::json!({ "endpoint": id }), now).await?;
                Ok::<_, Error>(endpoint)
            })
        })
        .await?;
    let mut reader = services.db.reader().await?;
    let keys = keys_of(&mut reader, &services.secret, &endpoint, now).await?;
    drop(reader);
    let message_id = format!("evt_test_{}", clock::new_id(now).simple());
    let message = webhook::compose_test(keys.form(), &message_id, now);
    let request = webhook::request(&keys, &message_id, now, &message)
        .ok_or_else(|| storage::Error::broken("webhook_endpoints", endpoint.id, "a test that cannot be read"))?;
    let sent = services.webhooks.post(&endpoint.url, &request).await;
    let outcome =
        Outcome { at: now, took_ms: sent.took_ms, status: i64::from(sent.status), error: sent.error.to_owned() };
    services
        .db
        .write(outcome.clone(), move |tx, outcome| {
            Box::pin(async move {
                rows::update_test(tx, id, outcome).await?;
                Ok::<_, Error>(())
            })
        })
        .await?;
    Ok(outcome)
}
