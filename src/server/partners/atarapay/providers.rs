//! AtaraPay's service providers, their part of an order, and banks; and the projects of milestones.

use serde_json::{Value, json};

use super::{phone, success};
use crate::{
    domain::{
        access::Permission,
        api_key::Mode,
        error::{Error as Shown, Kind},
        id::ProviderId,
        money::Bps,
        order::{Order, Share, ShareBearer, action::Action, terms::Commission},
        text::{BadText, DisplayName, Email, Label, Note},
        time::Moment,
    },
    server::{
        clock,
        partners::{Answer, Call, body::Sent},
        service::{
            books,
            partners::{
                order_name,
                projects::{self, Project, Said},
                providers::{self, Known, New},
            },
            programs,
        },
    },
};

/// Refuses keys that may not, and test keys, which change nothing beyond the sandbox.
fn may(call: &Call, needs: Permission) -> Result<(), Shown> {
    if !call.holder.permissions.has(needs) {
        let detail = format!("This key may not do that: it lacks “{}”.", needs.code());
        return Err(Shown::new(Kind::Forbidden, "not_permitted", detail));
    }
    if call.holder.mode == Mode::Test {
        let detail = "This is not for test keys: it is not of the sandbox.";
        return Err(Shown::new(Kind::Forbidden, "not_for_test_keys", detail));
    }
    Ok(())
}

fn digits<const LEAST: usize, const MOST: usize>(text: &str) -> Result<String, BadText> {
    if (LEAST..=MOST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(text.to_owned())
    } else if LEAST == MOST {
        Err(BadText(format!("Exactly {LEAST} digits, please.")))
    } else {
        Err(BadText(format!("From {LEAST} to {MOST} digits, please.")))
    }
}

fn provider_object(known: &Known) -> Value {
    let (first, last) = known.provider.name.rsplit_once(' ').unwrap_or((&known.provider.name, ""));
    let account = known.account.as_ref();
    json!({
        "sp_id": ProviderId(known.provider.id).to_string(),
        "firstname": first,
        "lastname": last,
        "phone": known.provider.phone,
        "email": account.map(|account| account.email.as_str()),
        "type": account.map(|account| if account.currency == "USD" { 2 } else { 1 }),
        "bank_code": account.map(|account| account.bank_code.as_str()),
        "nip_bank_code": account.map(|account| account.nip_code.as_str()),
        "bank_name": account.map(|account| account.bank_name.as_str()),
        "bank_account_name": account.map(|account| account.account_name.as_str()),
        "bank_account_number": account.map(|_| format!("******{}", known.last4)),
        "account_id": account.map(|account| account.external_id.as_str()),
    })
}

pub async fn create(call: Call) -> Result<Answer, Shown> {
    may(&call, Permission::Sell)?;
    let body = &call.body;
    let currency = match body.need("type")?.as_str() {
        "1" => "NGN",
        "2" => "USD",
        _ => return Err(Shown::field("type", "1 for NGN, 2 for USD.")),
    };
    let (first, last) = (body.need("firstname")?, body.need("lastname")?);
    let name = DisplayName::parse(&format!("{first} {last}")).map_err(|bad| Shown::field("firstname", bad.0))?;
    let new = New {
        name,
        phone: Some(body.read_need("phone", phone)?),
        email: body.read_need("email", Email::parse)?,
        currency,
        bank_code: body.read_need("bank_code", digits::<3, 3>)?,
        nip_code: body.read_need("nip_bank_code", digits::<6, 6>)?,
        bank_name: body.read_need("bank_name", DisplayName::parse)?,
        account_name: body.read_need("bank_account_name", DisplayName::parse)?,
        account_number: body.read_need("bank_account_number", digits::<6, 20>)?,
        external_id: body.read_maybe("account_id", Label::parse)?,
    };
    let known = providers::add(call.services(), &call.holder, new).await?;
    Ok(success("Service provider created", &provider_object(&known)))
}

fn provider_id(body: &Sent) -> Result<ProviderId, Shown> {
    body.need("sp_id")?.parse().map_err(|_| Shown::not_found("provider"))
}

pub async fn get(call: Call) -> Result<Answer, Shown> {
    let all = providers::list(call.services(), &call.holder).await?;
    if call.body.maybe("sp_id")?.is_none() {
        return Ok(success("Service providers fetched", &all.iter().map(provider_object).collect()));
    }
    let id = provider_id(&call.body)?;
    let found = all.iter().find(|known| known.provider.id == id.0).ok_or_else(|| Shown::not_found("provider"))?;
    Ok(success("Service provider fetched", &provider_object(found)))
}

pub async fn delete(call: Call) -> Result<Answer, Shown> {
    may(&call, Permission::Sell)?;
    let id = provider_id(&call.body)?;
    providers::remove(call.services(), &call.holder, id).await?;
    Ok(success("Service provider deleted", &json!({ "sp_id": id.to_string() })))
}

pub async fn banks(call: Call) -> Result<Answer, Shown> {
    let banks = books::banks(call.services(), &call.holder).await?;
    let one =
        |bank: &books::Bank| json!({ "bank_code": bank.code, "nip_bank_code": bank.nip_code, "bank_name": bank.name });
    Ok(success("Banks fetched", &banks.iter().map(one).collect()))
}

/// A rate in percent, under the name that they spell it by or the right one.
fn rate(body: &Sent) -> Result<Bps, Shown> {
    let name = if body.maybe("commisson")?.is_some() { "commisson" } else { "commission" };
    Bps::parse_percent(&body.need(name)?).ok_or_else(|| Shown::field(name, "From 0 to 100 percent, such as 2.5."))
}

/// A provider's part of an order.
pub async fn provider_commission(call: Call) -> Result<Answer, Shown> {
    let rate = rate(&call.body)?;
    let provider = provider_id(&call.body)?;
    let order = order_name(&call.body.need("order_id")?)?;
    let share = (provider, Share::Rate(rate), ShareBearer::Seller);
    let assign = programs::assigning(call.services(), &call.holder, &order, share).await?;
    let performed = call.act(order, call.once_by_header()?, move |_, _| Ok(vec![assign.clone()])).await?;
    let data =
        json!({ "order_id": performed.reference.number(), "sp_id": provider.to_string(), "commission": percent(rate) });
    Ok(success("Commission updated", &data).of_performed(&performed))
}

/// The marketplace's part of an order.
pub async fn marketplace_commission(call: Call) -> Result<Answer, Shown> {
    let rate = rate(&call.body)?;
    let order = order_name(&call.body.need("order_id")?)?;
    let choose = move |order: &Order, _: &_| {
        let commission = Commission { rate, ..order.terms.commission };
        Ok(vec![Action::SetCommission { commission }])
    };
    let performed = call.act(order, call.once_by_header()?, choose).await?;
    let data = json!({ "order_id": performed.reference.number(), "commission": percent(rate) });
    Ok(success("Commission updated", &data).of_performed(&performed))
}

fn percent(rate: Bps) -> String {
    rate.percent().trim_end_matches(['%', '\u{a0}']).to_owned()
}

fn said(call: &Call) -> Result<Said, Shown> {
    Ok(Said {
        name: call.body.read_maybe("project_name", DisplayName::parse)?,
        description: call.body.read_maybe("description", Note::parse)?,
        customer_email: call.body.read_maybe("customer_email", Email::parse)?,
        customer_phone: call.body.read_maybe("customer_phone", phone)?,
    })
}

fn project_object(project: &Project, order: Option<&Order>) -> Value {
    let milestone = |order: &Order, no: u16| {
        let part = order.delivery(no)?;
        let item = order.item(part.lines.first()?.item)?;
        Some(json!({
            "title": item.title,
            "amount": item.unit_minor,
            "status": part.status.code(),
            "started": part.started,
        }))
    };
    let transactions: Vec<Value> = order
        .map_or_else(Vec::new, |order| order.deliveries.iter().filter_map(|part| milestone(order, part.no)).collect());
    json!({
        "id": project.no,
        "project_name": project.name,
        "description": project.description,
        "customer_email": project.customer_email,
        "customer_phone": project.customer_phone,
        "order_number": projects::number(project),
        "order": order.map(|order| order.reference.number()),
        "transactions": transactions,
        "created_at": clock::rfc3339(Moment(project.created_at)),
        "updated_at": clock::rfc3339(Moment(project.updated_at)),
    })
}

pub async fn create_project(call: Call) -> Result<Answer, Shown> {
    may(&call, Permission::Sell)?;
    call.body.need("project_name")?;
    call.body.need("customer_email")?;
    let project = projects::open(call.services(), &call.holder, said(&call)?).await?;
    Ok(success("Project created", &project_object(&project, None)))
}

pub async fn update_project(call: Call) -> Result<Answer, Shown> {
    may(&call, Permission::Sell)?;
    let no = call.param("id").parse().map_err(|_| Shown::not_found("project"))?;
    let (project, order) = projects::change(call.services(), &call.holder, no, said(&call)?).await?;
    Ok(success("Project updated", &project_object(&project, order.as_ref())))
}

pub async fn list_projects(call: Call) -> Result<Answer, Shown> {
    let list = projects::list(call.services(), &call.holder).await?;
    let list = list.iter().map(|(project, order)| project_object(project, order.as_ref())).collect();
    Ok(success("Projects fetched", &list))
}
