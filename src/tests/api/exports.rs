//! Lists as files: written in the background part by part, sent as they are read, as lines or as a spreadsheet.

use futures::StreamExt;
use holdfast::{domain::time::Span, server::service::exports};
use serde_json::{Value, json};

use super::Program;
use crate::helpers::{Shop, TestApp, each_store};

fn rows(told: &Value) -> Vec<Value> {
    told["data"].as_array().expect("a list").clone()
}

#[tokio::test]
async fn a_list_is_written_as_a_file_in_the_background() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        for number in 0..3 {
            shop.place(&[("external_ref", &format!("=shop-{number}"))]).await;
            app.wait(Span(1));
        }
        let program = Program::of(&app, &shop.admin, "live", &["read"]).await;
        let wanted = json!({ "filter": { "sort": "oldest", "tab": "open" } });
        let asked = program.post("/exports", &wanted, Some("e")).await.json(202);
        let path = format!("/exports/{}", asked["id"].as_str().expect("an id"));
        assert_eq!(asked["state"], "pending");
        program.get(&format!("{path}/download")).await.problem(409, "not_ready");
        app.settle().await;
        let done = program.get(&path).await.json(200);
        assert_eq!((done["state"].as_str(), done["rows"].as_i64()), (Some("done"), Some(3)));
        let file = program.get(&format!("{path}/download")).await;
        assert_eq!((file.status, file.header("content-type")), (200, "text/csv"));
        let lines: Vec<&str> = file.body.lines().collect();
        assert_eq!(lines.len(), 4);
        assert!(lines[0].contains(",Placed (Africa/Lagos),") && lines[0].ends_with(",Last change (Africa/Lagos)"));
        assert!(lines[0].starts_with("Reference") && lines[1].contains("'=shop-0") && lines[3].contains("'=shop-2"));
        let other = Program::of(&app, &shop.seller, "live", &["read"]).await;
        other.get(&path).await.problem(404, "not_found");
        assert_eq!(rows(&program.get("/exports").await.json(200)).len(), 1);
        for (filter, pointer) in [("status", "/filter/status"), ("q", "/filter/q")] {
            let wanted = json!({ "filter": { filter: "%" } });
            let problem = program.post("/exports", &wanted, None).await.problem(422, "invalid_fields");
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
        }
    })
    .await;
}

/// An export that is whole.
async fn written(app: &TestApp, program: &Program, format: &str) -> String {
    let asked = program.post("/exports", &json!({ "format": format }), None).await.json(202);
    assert_eq!(asked["format"], format);
    app.settle().await;
    format!("/exports/{}", asked["id"].as_str().expect("an id"))
}

#[tokio::test]
async fn a_list_is_written_as_a_spreadsheet_that_says_the_same() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        shop.place(&[("external_ref", "=shop-1")]).await;
        let program = Program::of(&app, &shop.admin, "live", &["read"]).await;
        let path = written(&app, &program, "xlsx").await;
        let done = program.get(&path).await.json(200);
        assert_eq!((done["state"].as_str(), done["rows"].as_i64()), (Some("done"), Some(1)));
        let file = program.get(&format!("{path}/download")).await;
        let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        assert_eq!((file.status, file.header("content-type")), (200, kind));
        assert_eq!(file.header("content-disposition"), "attachment; filename=\"orders.xlsx\"");
        assert!(file.body.starts_with("PK"), "it is packed as spreadsheets are");
        // Written by an older version, the rows have no headings: none of them is taken for one.
        let asked = program.post("/exports", &json!({ "format": "xlsx" }), None).await.json(202);
        let path = format!("/exports/{}", asked["id"].as_str().expect("an id"));
        assert_eq!(exports::step(&app.state.services).await.expect("a part"), 1);
        let kept = app.texts("select content from export_parts where no = 0 and content like '[%'").await;
        let kept: Value = serde_json::from_str(&kept[0]).expect("cells");
        assert_eq!((&kept[0][2], kept.as_array().map(Vec::len)), (&json!("Placed (Africa/Lagos)"), Some(2)));
        app.settle().await;
        assert_eq!(program.get(&path).await.json(200)["state"], "done");
        program.post("/exports", &json!({ "format": "pdf" }), None).await.problem(422, "invalid_fields");
    })
    .await;
}

#[tokio::test]
async fn a_file_is_sent_part_by_part_and_breaks_off_where_a_part_is_gone() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        shop.place(&[]).await;
        let program = Program::of(&app, &shop.admin, "live", &["read"]).await;
        let path = written(&app, &program, "csv").await;
        let more =
            "insert into export_parts (export_id, no, content) select export_id, no + 1, 'more' from export_parts";
        app.execute(more).await.expect("there is another part");
        app.execute("update exports set parts = 3").await.expect("and one that is gone");
        let mut parts = program.open(&format!("{path}/download")).await;
        let first = parts.next().await.expect("a part").expect("it is there");
        assert!(first.starts_with(b"Reference"), "the first part comes by itself");
        assert_eq!(parts.next().await.expect("a part").expect("it is there").as_ref(), b"more");
        parts.next().await.expect("an end").expect_err("nobody takes it for the whole");
    })
    .await;
}
