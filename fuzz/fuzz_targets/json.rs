//! No function panics on arbitrary JSON, and none finds it valid unless it was made to be valid.

#![no_main]

use context_snapshot::{
    Context, Digest, Input, Item, ItemProof, Manifest, Pack, Record, Statement, VerifyOptions, digest_item, from_json,
    preview_pack, snapshot_pack, summarize_snapshot, to_statement, verify_chain, verify_envelope, verify_item,
    verify_snapshot,
};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|text: &str| {
    let Ok(value) = from_json::<Value>(text) else { return };
    let part = |name: &str| value.get(name).unwrap_or(&value);
    let items = part("items").as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
    for row_ids in [false, true] {
        let options = VerifyOptions { pack: Some(part("pack")), row_ids, ..VerifyOptions::default() };
        let found = verify_snapshot(part("record"), &items, &options);
        assert!(found.issues.len() <= 101);
        if to_statement(part("record")).is_err() {
            assert!(!found.is_valid());
        }
    }
    let found = verify_chain(&items, None);
    assert!(!found.is_valid() || !items.is_empty() && items.iter().all(|item| to_statement(item).is_ok()));
    _ = summarize_snapshot(part("record"), Some(&items));
    assert!(!verify_item(part("item"), part("proof"), Digest::of(b"trusted")));
    assert!(!verify_envelope(&value, &[]).is_valid());

    // Reads it as each of the types.
    _ = (from_json::<Manifest>(text), from_json::<Record>(text), from_json::<ItemProof>(text));
    _ = (from_json::<Statement>(text), from_json::<Pack>(text));
    if let Ok(item) = from_json::<Item>(text) {
        _ = digest_item(&item);
    }
    if let Ok(mut context) = from_json::<Context>(text) {
        context.actor = Some("admin".to_owned());
        let input = from_json::<Input>(text).unwrap_or_default();
        if let Ok(snapshot) = snapshot_pack(&input, &context) {
            let record = serde_json::to_value(&snapshot.record).expect("JSON");
            let items: Vec<Value> = snapshot.items.iter().map(|item| from_json(&item.json).expect("JSON")).collect();
            assert!(verify_snapshot(&record, &items, &VerifyOptions::default()).is_valid());
            assert!(
                preview_pack(&input, &context, None).is_ok_and(|preview| preview.hash == Some(snapshot.output.hash))
            );
        }
    }
});
