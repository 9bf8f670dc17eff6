"""Runs one SQL query over a topic as it streams by, and writes what comes out to another topic. The plan is one line of JSON.

The topic is the view `arrived` (key, value, topic, partition, offset, timestamp, ...). With "each": "batch" the query is run
on every micro-batch by itself, as a table, and may be anything that Spark's SQL can do, TRANSFORM among it.
"""

import json
import os

from pyspark.sql import SparkSession

plan = json.loads(os.environ["STREAMTRAIN_SQL_PLAN"])
spark = SparkSession.builder.getOrCreate()
spark.sparkContext.setLogLevel("ERROR")


def tell(**facts):
    print(json.dumps(facts), flush=True)


tell(event="session", master=spark.sparkContext.master)
arrived = spark.readStream.format("kafka").options(**plan["read"]).load()
if plan["watermark"]:
    arrived = arrived.withWatermark("timestamp", plan["watermark"])


def a_batch(rows, number):
    rows.createOrReplaceTempView("arrived")
    rows.sparkSession.sql(plan["sql"]).write.format("kafka").options(**plan["write"]).save()
    tell(event="batch", batch=number)


if plan["each"] == "batch":
    writing = arrived.writeStream.foreachBatch(a_batch)
else:
    arrived.createOrReplaceTempView("arrived")
    writing = spark.sql(plan["sql"]).writeStream.format("kafka").options(**plan["write"]).outputMode("append")
# All of them, as their counts are summed below; Spark keeps 100 otherwise.
spark.conf.set("spark.sql.streaming.numRecentProgressUpdates", str(2**31 - 1))
query = writing.option("checkpointLocation", plan["query"]).trigger(availableNow=True).start()
query.awaitTermination()
late, held = 0, 0
for progress in query.recentProgress:
    states = progress["stateOperators"]
    dropped = sum(state["numRowsDroppedByWatermark"] for state in states)
    late, held = late + dropped, sum(state["numRowsTotal"] for state in states)
    tell(event="progress", batch=progress["batchId"], rows=progress["numInputRows"], late=dropped)
tell(event="end", late=late, held=held)
spark.stop()
