"""Does in a few seconds what programs on Spark do, without a Kafka, so that Java can write down the classes they load."""

import time

from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("streamtrain classes").getOrCreate()
for name in ("KafkaSourceProvider", "KafkaSource", "KafkaSourceRDD", "KafkaMicroBatchStream", "KafkaWriter"):
    spark.sparkContext._jvm.java.lang.Class.forName("org.apache.spark.sql.kafka010." + name)


def a_batch(rows, _number):
    rows.createOrReplaceTempView("arrived")
    sql = "SELECT to_json(struct(count(*) AS rows)) FROM arrived GROUP BY window(timestamp, '1 minute'), value % 2"
    rows.sparkSession.sql(sql).collect()
    rows.sparkSession.sparkContext.parallelize([1, 2], 2).map(lambda number: number + 1).collect()


source = {"rowsPerBatch": "10", "numPartitions": "2", "startTimestamp": "0", "advanceMillisPerBatch": "1000"}
stream = spark.readStream.format("rate-micro-batch").options(**source).load().withWatermark("timestamp", "1 second")
query = stream.writeStream.foreachBatch(a_batch).start()
deadline = time.monotonic() + 60
while query.lastProgress is None and query.isActive:
    if time.monotonic() > deadline:
        raise TimeoutError("no rows within a minute")
    query.awaitTermination(0.1)
query.stop()
if query.exception() is not None:
    raise query.exception()
spark.stop()
