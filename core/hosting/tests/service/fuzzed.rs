//! Requests that somebody wrote to break the service: each gets an answer of the contract, whatever
//! stands in its path, query, headers and body; and a stranger's opens nothing.

use albumen_fuzz::{HostileRequest, fuzz};
use serde_json::Value;

use crate::world::{Desk, World};

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(1).enable_all().build().expect("a runtime")
}

/// A request with `LIB`, `SPACE` and `TOKEN` filled in.
fn filled(desk: &Desk, bytes: &[u8]) -> HostileRequest {
    let mut request = HostileRequest::read(bytes);
    for (name, value) in [("LIB", &desk.library.id), ("SPACE", &desk.space), ("TOKEN", &desk.token)]
    {
        request.target = request.target.replace(name, value);
    }
    request
}

/// Every route with a body or a place of its own: one example of each.
const SEEDS: &[&[u8]] = &[
    b"PUT /api/v1/file/LIB/SPACE/a.txt?multipart=1&filesize=9&conflict_resolution_strategy=ask\
      &access_token=TOKEN\nx-smh-meta-a: b\n\n{\"labels\":[\"a\"],\"size\":\"9\",\
      \"beginningHash\":\"00\",\"partNumberRange\":\"1-2\"}",
    b"POST /api/v1/file/LIB/SPACE/0123456789abcdef?confirm&access_token=TOKEN\n\n{\"crc64\":\"1\"}",
    b"GET /api/v1/file/LIB/SPACE/a.txt?info&access_token=TOKEN\nRange: bytes=0-1\n\n",
    b"GET /api/v1/directory/LIB/SPACE/?marker=e30&limit=2&order_by=name&order_by_type=desc\
      &filter=onlyFile&access_token=TOKEN\n\n",
    b"PUT /api/v1/directory/LIB/SPACE/%E7%85%A7%2Fb?conflict_resolution_strategy=rename\
      &access_token=TOKEN\n\n{\"withInode\":1}",
    b"POST /api/v1/batch/LIB/SPACE?move&access_token=TOKEN\n\n\
      [{\"from\":\"a\",\"to\":\"b\",\"conflictResolutionStrategy\":\"ask\"}]",
    b"POST /api/v1/batch/LIB/SPACE?copy&access_token=TOKEN\n\n[{\"copyFrom\":\"a\",\"to\":\"b\"}]",
    b"POST /api/v1/batch/LIB/SPACE?delete&access_token=TOKEN\n\n[{\"path\":\"a\",\"permanent\":1}]",
    b"POST /api/v1/search/LIB/SPACE/space-contents?access_token=TOKEN\n\n\
      {\"keywords\":[\"a\"],\"scope\":\"/\",\"extname\":[\"jpg\"],\"minFileSize\":1}",
    b"GET /api/v1/delta/LIB/SPACE?cursor=eyJzIjoxLCJwIjoxLCJ0IjoxfQ&access_token=TOKEN\n\n",
    b"POST /api/v1/recycled/LIB/SPACE?restore&access_token=TOKEN\n\n[1,2]",
    b"GET /api/v1/recycled/LIB/SPACE/?page=1&page_size=2&access_token=TOKEN\n\n",
    b"PUT /api/v1/favorite/LIB/SPACE?access_token=TOKEN\n\n{\"path\":\"a\",\"inode\":\"1\"}",
    b"POST /api/v1/share/LIB/SPACE?access_token=TOKEN\n\n{\"name\":\"a\",\"directoryInfoList\":\
      [{\"path\":\"a\"}],\"extractionCode\":\"abcd\",\"expireTime\":\"2027-01-01T00:00:00.000Z\"}",
    b"POST /api/v1/quota/LIB?access_token=TOKEN\n\n{\"capacity\":\"9\",\"spaces\":[\"a\"]}",
    b"GET /api/v1/directory-history/LIB/SPACE/history-list/a.txt?page=1&access_token=TOKEN\n\n",
    b"POST /albumen/v1/batch-begin?access_token=TOKEN\n\n{\"libraryId\":\"LIB\",\"spaceId\":\
      \"SPACE\",\"files\":[{\"path\":[\"a\"],\"size\":\"3\"}]}",
    b"POST /api/v1/token\nContent-Type: application/x-www-form-urlencoded\n\n\
      library_id=LIB&library_secret=x&grant=admin&period=60",
    b"GET /api/v1/file/LIB/SPACE/a.jpg?preview&size=200&scale=50&access_token=TOKEN\n\n",
    b"GET /api/v1/usage/LIB?space_ids=SPACE&access_token=TOKEN\n\n",
];

/// What somebody with a token sends.
#[test]
fn fuzz_hosting_requests() {
    let runtime = runtime();
    let world = runtime.block_on(World::start());
    let desk = runtime.block_on(world.file_desk());
    fuzz("hosting-requests", SEEDS, |bytes| {
        let request = filled(&desk, bytes);
        let answer = request.send(world.service.local_addr());
        assert!(answer.status < 500 || answer.status == 501, "{request:?}: {answer:?}");
        let told: Option<Value> = serde_json::from_str(&answer.body).ok();
        let code = told.as_ref().and_then(|body| body["code"].as_str());
        let bare = request.method == "HEAD" || answer.status < 400 || answer.status == 404;
        assert!(bare || code.is_some(), "a refusal without a code: {request:?}: {answer:?}");
    });
}

/// What somebody without one sends: no reply but a refusal, except where the contract has no token.
#[test]
fn fuzz_hosting_strangers() {
    let runtime = runtime();
    let world = runtime.block_on(World::start());
    let desk = runtime.block_on(world.file_desk());
    let begun = runtime.block_on(world.upload(&desk, "kept.txt", "", b"what nobody may have"));
    assert_eq!(begun.status, 200);
    let seeds: Vec<Vec<u8>> = SEEDS
        .iter()
        .map(|seed| String::from_utf8_lossy(seed).replace("TOKEN", "acctk0").into_bytes())
        .collect();
    let seeds: Vec<&[u8]> = seeds.iter().map(Vec::as_slice).collect();
    fuzz("hosting-strangers", &seeds, |bytes| {
        // Mutation may not write the name of the token: it is filled in for nobody here.
        let mut request = filled(&Desk { token: "none".to_owned(), ..desk.clone() }, bytes);
        if request.method == "OPTIONS" {
            request.method = "GET".to_owned();
        }
        let answer = request.send(world.service.local_addr());
        let in_library = request.target.contains(&desk.space);
        assert!(!in_library || answer.status >= 400, "{request:?}: {answer:?}");
        assert!(!answer.body.contains("kept.txt"), "{request:?}: {answer:?}");
    });
}
