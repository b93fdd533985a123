//! The frame around a file: any token, name and content,
//! read back by a parser that was written apart from the program.
#![no_main]

#[path = "../../common/form_parser.rs"]
mod form_parser;

use form_parser::parse_form;
use libfuzzer_sys::fuzz_target;
use ones_drop::api::Form;

fuzz_target!(|input: (&str, &str, &[u8])| {
    let (token, name, content) = input;
    let form = Form::new(token, name);
    let (head, tail) = form.frame();
    let body = [&head[..], content, &tail[..]].concat();
    let parts = parse_form(&form.content_type(), &body);
    let sent_token: String = token.chars().filter(|c| !c.is_control()).collect();
    let sent_name: String = name
        .chars()
        .map(|c| if c.is_control() { '_' } else { c })
        .collect();
    let sent_name = if sent_name.is_empty() {
        "_".to_owned()
    } else {
        sent_name
    };
    assert_eq!(
        parts,
        [
            ("token".to_owned(), None, sent_token.into_bytes()),
            ("file".to_owned(), Some(sent_name), content.to_vec()),
        ]
    );
});
