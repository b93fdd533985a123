//! The store: the form with the file.
//!
//! The store gets the upload token and the file, and nothing of ONES: no
//! header, no cookie, no referer. It may be Kodo or an installation's own.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use reqwest::header::HeaderValue;
use reqwest::{Body, Client, Url};

use super::answer::Answer;
use super::body::{FileBody, Moved};
use super::error::ApiError;
use super::fingerprint::Fingerprint;
use super::form::Form;
use super::http::{Http, unsendable};
use super::kodo::check_genuine;
use super::reply::Reply;
use super::sending::send;
use super::upload_url::{UploadAddress, check_upload_url, check_upload_url_at};
use super::way::Route;
use crate::model::{Secret, ServerAddress, Step};

/// Stores, whichever ONES names.
#[derive(Clone, Debug)]
pub struct Store {
    pub(super) http: Http,
    /// The ONES server that names it.
    ones: Option<ServerAddress>,
}

/// A file that is to be sent.
pub struct Parcel<'a> {
    /// The file.
    pub path: &'a Path,
    /// The name it gets, the same as in step 1.
    pub name: &'a str,
    /// What it was when it was checked.
    pub expected: &'a Fingerprint,
    /// Counts its bytes.
    pub moved: &'a Arc<Moved>,
}

impl Store {
    /// Stores are reached through this client.
    #[must_use]
    pub fn new(http: Http) -> Self {
        Self { http, ones: None }
    }

    /// The same for a store that this ONES server names: it may lie in the
    /// local network if ONES does.
    #[must_use]
    pub fn beside(mut self, ones: &ServerAddress) -> Self {
        self.ones = Some(ones.clone());
        self
    }

    /// Reads the `upload_url` that the ONES server named ([`check_upload_url`]). A
    /// server that is given by name is looked up where that decides.
    pub async fn upload_address(&self, text: &str) -> UploadAddress {
        let Some(ones) = &self.ones else {
            return UploadAddress::Unsafe;
        };
        match check_upload_url(ones, text) {
            UploadAddress::Unsafe => {
                let found = self.http.addresses_of(ones).await;
                check_upload_url_at(ones, &found, text)
            }
            address => address,
        }
    }

    /// How a store is reached now, and was when a call of this time began, as far as
    /// that is known.
    #[must_use]
    pub fn routes(&self, url: &Url, called: Instant) -> Vec<Route> {
        self.http.routes(url, called)
    }

    pub(super) fn client_for(&self, url: &Url) -> Client {
        self.http.client_for_store(url, self.ones.as_ref())
    }

    /// `POST` of the form to `upload_url` (documented: ONES step 2, Qiniu
    /// 1312), with a Content-Length. No limit in time: the caller watches
    /// `moved`. An answer that comes before the last byte ends the sending, and so
    /// does dropping this future: nothing goes out or is counted afterwards.
    pub async fn send_form(
        &self,
        upload_url: Url,
        token: &Secret,
        parcel: &Parcel<'_>,
    ) -> Result<Reply, ApiError> {
        let step = Step::SendFile;
        let form = Form::new(token.reveal(), parcel.name);
        let kind =
            HeaderValue::from_str(&form.content_type()).map_err(|error| unsendable(step, error))?;
        let (mut body, _claim) = FileBody::of_form(
            &form,
            parcel.path,
            parcel.expected.clone(),
            parcel.moved.clone(),
        );
        body.in_one_piece().await;
        let request = self
            .client_for(&upload_url)
            .post(upload_url.clone())
            .header("Content-Type", kind)
            .body(Body::wrap(body));
        let limit = self.http.limits.call;
        let response = send(request, step, limit).await?;
        let answer = Answer::read(step, response, limit, &[token]).await?;
        check_genuine(&upload_url, step, &answer)?;
        Reply::from_answer(step, answer)
    }
}
