//! Somebody who is signed in.

use ones_drop::model::{Identity, Person, ServerAddress, Team};

pub(crate) fn identity() -> Identity {
    let team = Team {
        id: "BDfDqJU7".into(),
        name: "Payments".into(),
    };
    Identity {
        server: ServerAddress::parse("https://ones.example.com").unwrap(),
        person: Person {
            id: "6ZpgEzkk".into(),
            name: "Demo User".into(),
        },
        teams: vec![team.clone()],
        team,
    }
}
