//! Tables in object stores: `s3://bucket/key`, `gs://…`, `az://…`. An address becomes objects, which are read as files are.
//!
//! How to reach a store is known to the environment of the program, in the names that each store's own tools have, such as
//! `AWS_ACCESS_KEY_ID`, `AWS_REGION` and `AWS_ENDPOINT`.

pub(crate) mod blocks;
pub(crate) mod object;
pub(crate) mod runtime;

use std::path::Path as FilePath;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use glob::{MatchOptions, Pattern};
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt as _, RetryConfig};

use crate::error::Error;
use crate::folder;
use crate::objects::object::{HEAD_BYTES, Object};
use crate::objects::runtime::runtime;
use crate::source::PathColumn;
use crate::store_fault::StoreFault;

/// The first bytes of so many objects are asked for at a time.
const AT_A_TIME: usize = 32;
/// A listing that breaks off goes on behind the last object that it gave, so many times without giving one.
const MOST_ATTEMPTS: usize = 4;

/// An object with the columns that the names above it give.
pub(crate) type Found = (Arc<Object>, Vec<PathColumn>);

/// The objects that an address stands for: one, all below it, or those that match it.
pub(crate) fn objects(address: &str) -> Result<Vec<Found>, Error> {
    let fault = |detail: String| Error::from(StoreFault::Unreadable { address: address.to_owned(), detail });
    let (store, root) = store_of(address).map_err(&fault)?;
    let key = address.get(root.len()..).unwrap_or_default();
    let found = runtime().block_on(found(store.as_ref(), key)).map_err(|error| fault(error.to_string()))?;
    let Listed { below, objects } = found;
    if objects.is_empty() {
        return Err(Error::NoFile(address.to_owned()));
    }
    let opened = objects.into_iter().map(|meta| {
        let address = format!("{root}{}", meta.location);
        let columns = folder::path_columns(FilePath::new(&below), FilePath::new(meta.location.as_ref()));
        let store = Arc::clone(&store);
        async move {
            let size = meta.size;
            let first = async {
                if size == 0 {
                    Ok(bytes::Bytes::new())
                } else {
                    store.get_range(&meta.location, 0..size.min(HEAD_BYTES)).await
                }
            };
            let head = first.await.map_err(|error| {
                Error::from(StoreFault::Unreadable { address: address.clone(), detail: error.to_string() })
            })?;
            Ok::<Found, Error>((Arc::new(Object::new(Arc::clone(&store), meta, address, head)), columns))
        }
    });
    runtime().block_on(stream::iter(opened).buffered(AT_A_TIME).try_collect())
}

/// The store of an address, and what of the address names it.
fn store_of(address: &str) -> Result<(Arc<dyn ObjectStore>, String), String> {
    let (scheme, rest) = address.split_once("://").ok_or("it is no address")?;
    let (bucket, _) = rest.split_once('/').unwrap_or((rest, ""));
    if bucket.is_empty() {
        return Err("it names no bucket".to_owned());
    }
    let retry = RetryConfig { max_retries: 5, retry_timeout: Duration::from_secs(90), ..RetryConfig::default() };
    // Whoever has chosen another provider of TLS keeps it.
    _ = rustls::crypto::ring::default_provider().install_default();
    let in_words = |error: object_store::Error| error.to_string();
    let store: Arc<dyn ObjectStore> = match scheme {
        "s3" | "s3a" => {
            let builder = AmazonS3Builder::from_env().with_bucket_name(bucket).with_retry(retry);
            Arc::new(builder.build().map_err(in_words)?)
        }
        "gs" => {
            let builder = GoogleCloudStorageBuilder::from_env().with_bucket_name(bucket).with_retry(retry);
            Arc::new(builder.build().map_err(in_words)?)
        }
        "az" | "azure" => {
            let builder = MicrosoftAzureBuilder::from_env().with_container_name(bucket).with_retry(retry);
            Arc::new(builder.build().map_err(in_words)?)
        }
        _ => return Err(format!("`{scheme}` is no kind of store that is known: `s3`, `gs` and `az` are")),
    };
    Ok((store, format!("{scheme}://{bucket}/")))
}

/// Objects, and the key below which they are.
struct Listed {
    below: String,
    objects: Vec<ObjectMeta>,
}

async fn found(store: &dyn ObjectStore, key: &str) -> object_store::Result<Listed> {
    if let Some(wild) = key.find(['*', '?', '[']) {
        let below = key[..wild].rfind('/').map_or("", |slash| &key[..slash]).to_owned();
        let options = MatchOptions { require_literal_separator: true, ..MatchOptions::default() };
        let pattern = Pattern::new(key).ok();
        let mut objects = listed(store, &Path::parse(&below)?).await?;
        let matches = |key: &str| pattern.as_ref().is_some_and(|pattern| pattern.matches_with(key, options));
        objects.retain(|object| matches(object.location.as_ref()));
        return Ok(Listed { below, objects });
    }
    let path = Path::parse(key.trim_end_matches('/'))?;
    if !key.is_empty() && !key.ends_with('/') {
        match store.head(&path).await {
            Ok(object) => return Ok(Listed { below: key.to_owned(), objects: vec![object] }),
            Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    let below = path.as_ref().to_owned();
    let mut objects = listed(store, &path).await?;
    objects.retain(|object| is_of_table(object.location.as_ref().get(below.len()..).unwrap_or_default(), object.size));
    Ok(Listed { below, objects })
}

/// All objects below a path, in the order of their names. A listing that breaks off goes on where it did.
async fn listed(store: &dyn ObjectStore, below: &Path) -> object_store::Result<Vec<ObjectMeta>> {
    let mut objects: Vec<ObjectMeta> = Vec::new();
    let (mut attempts, mut seen) = (0, 0);
    loop {
        // The last name of all: a listing is in their order.
        let last = objects.iter().map(|object| &object.location).max().cloned();
        let mut listing = match &last {
            Some(last) => store.list_with_offset(Some(below), last),
            None => store.list(Some(below)),
        };
        let ended = loop {
            match listing.next().await {
                Some(Ok(object)) => objects.push(object),
                Some(Err(error)) => break Some(error),
                None => break None,
            }
        };
        drop(listing);
        let Some(error) = ended else { break };
        attempts = if objects.len() > seen { 1 } else { attempts + 1 };
        seen = objects.len();
        if attempts == MOST_ATTEMPTS {
            return Err(error);
        }
    }
    objects.sort_by(|a, b| a.location.cmp(&b.location));
    objects.dedup_by(|a, b| a.location == b.location);
    Ok(objects)
}

/// Whether an object is a file of the table below which it is: neither hidden, nor left beside it by a writer, nor a mark for a folder.
fn is_of_table(below: &str, size: u64) -> bool {
    let is_hidden = |part: &str| part.starts_with('.') || part.starts_with('_') && !part.contains('=');
    let last = below.rsplit('/').next().unwrap_or_default();
    !below.split('/').any(is_hidden) && (size > 0 || last.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use object_store::memory::InMemory;

    fn keys(address: &str) -> Vec<String> {
        let store = InMemory::new();
        let put = |key: &str, size: usize| {
            runtime().block_on(store.put(&Path::from(key), vec![0; size].into())).expect("put");
        };
        put("t/plan=a/part-1.csv", 3);
        put("t/plan=b/part-0.csv", 3);
        put("t/plan=b/_SUCCESS", 0);
        put("t/_tmp/part-9.csv", 3);
        put("t/mark", 0);
        put("t/empty.csv", 0);
        put("tables/other.csv", 3);
        let found = runtime().block_on(found(&store, address)).expect("listed");
        found.objects.iter().map(|object| object.location.to_string()).collect()
    }

    #[test]
    fn an_address_is_an_object_a_folder_or_a_pattern() {
        let folder = ["t/empty.csv", "t/plan=a/part-1.csv", "t/plan=b/part-0.csv"];
        assert_eq!(keys("t"), folder);
        assert_eq!(keys("t/"), folder);
        assert_eq!(keys("t/plan=b/part-0.csv"), ["t/plan=b/part-0.csv"]);
        assert_eq!(keys("t/*/part-*.csv"), ["t/_tmp/part-9.csv", "t/plan=a/part-1.csv", "t/plan=b/part-0.csv"]);
        assert_eq!(keys("nothing"), [""; 0]);
    }

    #[test]
    fn a_store_is_named_by_its_scheme() {
        assert!(store_of("ftp://host/a").is_err_and(|detail| detail.contains("`ftp` is no kind of store")));
        assert!(store_of("s3:///a").is_err_and(|detail| detail.contains("names no bucket")));
    }
}
