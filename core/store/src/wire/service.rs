//! The operations that are offered; all others answer `NotImplemented`.

use std::sync::Arc;

use async_trait::async_trait;
use s3s::{S3, S3Request, S3Response, S3Result, dto};

use super::{lists, multipart, objects};
use crate::ObjectStore;

/// A store as the library wants to call it.
pub(super) struct Service(pub(super) Arc<dyn ObjectStore>);

/// Operations that are one call of a function.
macro_rules! operations {
    ($($name:ident($input:ident) -> $output:ident = $module:ident :: $function:ident;)*) => {
        #[async_trait]
        impl S3 for Service {
            $(async fn $name(
                &self,
                request: S3Request<dto::$input>,
            ) -> S3Result<S3Response<dto::$output>> {
                $module::$function(&*self.0, request).await
            })*

            async fn list_buckets(
                &self,
                _: S3Request<dto::ListBucketsInput>,
            ) -> S3Result<S3Response<dto::ListBucketsOutput>> {
                lists::buckets(&*self.0).await
            }

            async fn head_bucket(
                &self,
                request: S3Request<dto::HeadBucketInput>,
            ) -> S3Result<S3Response<dto::HeadBucketOutput>> {
                lists::existing(&*self.0, &request.input.bucket).await?;
                Ok(S3Response::new(dto::HeadBucketOutput::default()))
            }

            async fn get_bucket_location(
                &self,
                request: S3Request<dto::GetBucketLocationInput>,
            ) -> S3Result<S3Response<dto::GetBucketLocationOutput>> {
                lists::existing(&*self.0, &request.input.bucket).await?;
                Ok(S3Response::new(dto::GetBucketLocationOutput::default()))
            }

            /// Tools ask before they empty a bucket: there are no versions.
            async fn get_bucket_versioning(
                &self,
                request: S3Request<dto::GetBucketVersioningInput>,
            ) -> S3Result<S3Response<dto::GetBucketVersioningOutput>> {
                lists::existing(&*self.0, &request.input.bucket).await?;
                Ok(S3Response::new(dto::GetBucketVersioningOutput::default()))
            }

            async fn delete_bucket(
                &self,
                request: S3Request<dto::DeleteBucketInput>,
            ) -> S3Result<S3Response<dto::DeleteBucketOutput>> {
                self.0.delete_bucket(&request.input.bucket.parse()?).await?;
                Ok(S3Response::new(dto::DeleteBucketOutput::default()))
            }
        }
    };
}

operations! {
    create_bucket(CreateBucketInput) -> CreateBucketOutput = lists::create_bucket;
    list_objects(ListObjectsInput) -> ListObjectsOutput = lists::list;
    list_objects_v2(ListObjectsV2Input) -> ListObjectsV2Output = lists::list_v2;
    put_object(PutObjectInput) -> PutObjectOutput = objects::put;
    get_object(GetObjectInput) -> GetObjectOutput = objects::get;
    head_object(HeadObjectInput) -> HeadObjectOutput = objects::head;
    delete_object(DeleteObjectInput) -> DeleteObjectOutput = objects::delete;
    delete_objects(DeleteObjectsInput) -> DeleteObjectsOutput = objects::delete_many;
    copy_object(CopyObjectInput) -> CopyObjectOutput = objects::copy;
    create_multipart_upload(CreateMultipartUploadInput) -> CreateMultipartUploadOutput =
        multipart::create;
    upload_part(UploadPartInput) -> UploadPartOutput = multipart::put_part;
    upload_part_copy(UploadPartCopyInput) -> UploadPartCopyOutput = multipart::copy_part;
    list_multipart_uploads(ListMultipartUploadsInput) -> ListMultipartUploadsOutput =
        multipart::uploads;
    list_parts(ListPartsInput) -> ListPartsOutput = multipart::parts;
    complete_multipart_upload(CompleteMultipartUploadInput) -> CompleteMultipartUploadOutput =
        multipart::complete;
    abort_multipart_upload(AbortMultipartUploadInput) -> AbortMultipartUploadOutput =
        multipart::abort;
}
