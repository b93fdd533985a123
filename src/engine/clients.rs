//! The HTTP clients of the engine: the ONES server and stores share no connection,
//! and no header.

use std::sync::Arc;

use crate::api::{Http, Limits, Names, Ones, Store};

/// One for the ONES server, one for stores, one for either that keeps nothing.
pub(super) struct Clients {
    pub(super) ones: Http,
    pub(super) store: Store,
    /// Without kept connections.
    pub(super) unpooled: Http,
}

impl Clients {
    pub(super) fn new(limits: Limits, names: &Names) -> Result<Self, impl std::error::Error> {
        Ok::<_, reqwest::Error>(Self {
            ones: Http::with_names(limits, names)?,
            store: Store::new(Http::with_names(limits, names)?),
            unpooled: Http::unpooled(limits, names)?,
        })
    }

    /// Those for a try. After a connection that had gone stale the others may be
    /// stale too.
    pub(super) fn after(&self, stale: bool, ones: Arc<Ones>) -> (Arc<Ones>, Store) {
        if stale {
            let fresh = self.unpooled.clone();
            (Arc::new(ones.on(fresh.clone())), Store::new(fresh))
        } else {
            (ones, self.store.clone())
        }
    }
}
