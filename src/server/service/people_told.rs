//! Who the persons behind a party of an order are: one place that mails, text messages and the bell all ask.

use crate::{
    domain::{order::Order, party::Party, preference::Topic},
    server::storage::{Conn, Error, recipients, told, told::PersonRow},
};

/// The persons behind a party of an order at this moment, each with the ways that they chose for this topic. A buyer is
/// one person; a seller, a provider and the marketplace are their staff.
///
/// # Errors
/// When the database refuses.
pub async fn persons(conn: &mut dyn Conn, order: &Order, party: Party, topic: Topic) -> Result<Vec<PersonRow>, Error> {
    let parties = &order.parties;
    let (marketplace, seller) = (parties.marketplace, parties.seller);
    match party {
        Party::Buyer => {
            let mut buyer = told::find_person(conn, parties.buyer, topic).await?;
            if let Some(guest) = buyer.as_mut().filter(|buyer| !buyer.has_account()) {
                // The number that the shop gave with this order; nothing is sent there that lets anybody answer.
                guest.phone = recipients::find(conn, order.id).await?.map(|(said, _)| said.phone).unwrap_or_default();
            }
            Ok(buyer.into_iter().collect())
        }
        Party::Seller => told::list_staff(conn, marketplace, Some(seller), None, topic).await,
        Party::Operator => told::list_staff(conn, marketplace, None, None, topic).await,
        Party::Provider => match &order.provider {
            Some(provider) => told::list_staff(conn, marketplace, None, Some(provider.id), topic).await,
            None => Ok(Vec::new()),
        },
        Party::Clock | Party::Gateway => Ok(Vec::new()),
    }
}
