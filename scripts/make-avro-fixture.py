#!/usr/bin/env python3
"""Writes test/kafka/codec/fixtures/avro.json: what two other libraries make of Avro.

    pip install fastavro==1.13.1 avro==1.12.2
    python scripts/make-avro-fixture.py

Each case has a schema that wrote, values, and their bytes, on which fastavro and Apache's avro agree. Where a reader's
schema is there, `read` is what fastavro resolves each value to, or `refused` says that it does not.
"""
import io
import json
import math
import os
import random

import avro.io
import avro.schema
import fastavro

FILE = os.path.join(os.path.dirname(__file__), '../test/kafka/codec/fixtures/avro.json')


def record(*fields, name='Cell'):
    return {
        'type': 'record',
        'name': name,
        'namespace': 'org.example',
        'fields': [dict({'name': field[0], 'type': field[1]}, **(field[2] if len(field) > 2 else {})) for field in fields],
    }


CLASSES = {'type': 'enum', 'name': 'Kind', 'symbols': ['benign', 'malignant']}
NULLABLE = ['null', 'double']
WIDE = record(
    ('id', 'string'),
    ('clump', 'int'),
    ('size', 'long'),
    ('weight', 'float'),
    ('shape', 'double'),
    ('smoker', 'boolean'),
    ('gap', NULLABLE, {'default': None}),
    ('seen', {'type': 'long', 'logicalType': 'timestamp-millis'}),
    ('inner', record(('a', 'double'), ('deep', ['null', record(('b', 'int'), name='Deep')]), name='Inner')),
    ('tags', {'type': 'array', 'items': 'string'}),
    ('notes', {'type': 'map', 'values': 'long'}),
    ('raw', 'bytes'),
    ('serial', 'long'),
    ('kind', CLASSES),
)


def wide(rng, i):
    return {
        'id': f'row-{i}-ü',
        'clump': rng.randint(-(2**31), 2**31 - 1),
        'size': rng.choice([-1, 1]) * (2 ** rng.randint(0, 53) - 1),
        'weight': rng.choice([0.0, -0.0, 0.5, 3.4028234663852886e38, 1.401298464324817e-45]),
        'shape': rng.uniform(-1e3, 1e3),
        'smoker': rng.random() < 0.5,
        'gap': None if rng.random() < 0.5 else rng.gauss(0, 1),
        'seen': 1_700_000_000_000 + i,
        'inner': {'a': rng.random(), 'deep': None if rng.random() < 0.5 else {'b': i}},
        'tags': [str(j) for j in range(i % 3)],
        'notes': {'n': 2**62 + i},
        'raw': bytes(range(i % 5)),
        'serial': 2**60 + i,
        'kind': rng.choice(CLASSES['symbols']),
    }


def wide_values(count):
    rng = random.Random(7)
    return [wide(rng, i) for i in range(count)]


TWO = record(('clump', 'int'), ('size', 'int'), ('kind', CLASSES))
TWO_VALUES = [{'clump': i, 'size': 10 - i, 'kind': CLASSES['symbols'][i % 2]} for i in range(4)]


def numbers(*types):
    return record(*[(f'n{i}', type) for i, type in enumerate(types)])


CASES = [
    ('all kinds of field', WIDE, wide_values(40), None),
    ('a field more, with a default', TWO, TWO_VALUES, record(('clump', 'int'), ('bare', 'double', {'default': 1.5}), ('size', 'int'), ('kind', CLASSES))),
    ('a field more, which may be null', TWO, TWO_VALUES, record(('clump', 'int'), ('size', 'int'), ('bare', NULLABLE, {'default': None}), ('kind', CLASSES))),
    ('a field more, without a default', TWO, TWO_VALUES, record(('clump', 'int'), ('size', 'int'), ('bare', 'double'), ('kind', CLASSES))),
    ('a field less', TWO, TWO_VALUES, record(('size', 'int'), ('kind', CLASSES))),
    ('a field renamed, with an alias', TWO, TWO_VALUES, record(('thickness', 'int', {'aliases': ['clump']}), ('size', 'int'), ('kind', CLASSES))),
    ('another order', TWO, TWO_VALUES, record(('kind', CLASSES), ('size', 'int'), ('clump', 'int'))),
    ('int to long, float, double', numbers('int', 'int', 'int'), [{'n0': 5, 'n1': -6, 'n2': 2**31 - 1}], numbers('long', 'float', 'double')),
    ('long to float and double', numbers('long', 'long'), [{'n0': 5, 'n1': 2**53 - 1}], numbers('float', 'double')),
    ('float to double', numbers('float'), [{'n0': 0.10000000149011612}], numbers('double')),
    ('a number that may be null from now on', numbers('int'), [{'n0': 5}], numbers(['null', 'double'])),
    ('symbols in another order', TWO, TWO_VALUES, record(('clump', 'int'), ('size', 'int'), ('kind', dict(CLASSES, symbols=['malignant', 'unsure', 'benign'])))),
    ('a symbol less, with a default', TWO, TWO_VALUES, record(('clump', 'int'), ('size', 'int'), ('kind', dict(CLASSES, symbols=['unsure', 'malignant'], default='unsure')))),
    ('double to int', numbers('double'), [{'n0': 5.0}], numbers('int')),
    ('string to double', numbers('string'), [{'n0': '5'}], numbers('double')),
    ('long beyond 2^53', numbers('long', 'int'), [{'n0': 2**53 + 1, 'n1': 1}, {'n0': -(2**63), 'n1': 2}, {'n0': 7, 'n1': 3}], None),
    ('long beyond 2^53 to double', numbers('long', 'int'), [{'n0': 2**53 + 1, 'n1': 1}], numbers('double', 'int')),
    ('not finite', numbers('double', 'float'), [{'n0': math.nan, 'n1': 1.0}, {'n0': 1.0, 'n1': math.inf}, {'n0': -math.inf, 'n1': 1.0}, {'n0': 1e300, 'n1': 1.0}], None),
]


def plain(value):
    """A value as JSON holds it: bytes as hex, numbers that JSON does not have or JavaScript does not hold as text."""
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, bytes):
        return value.hex()
    if hasattr(value, 'timestamp'):
        return round(value.timestamp() * 1000)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**53:
        return str(value)
    return value


def written(schema, value):
    ours = io.BytesIO()
    fastavro.schemaless_writer(ours, fastavro.parse_schema(json.loads(json.dumps(schema))), value)
    theirs = io.BytesIO()
    avro.io.DatumWriter(avro.schema.parse(json.dumps(schema))).write(value, avro.io.BinaryEncoder(theirs))
    assert ours.getvalue() == theirs.getvalue(), (schema, value)
    return ours.getvalue()


def made(name, schema, values, reader):
    case = {'name': name, 'schema': schema, 'values': [], 'hex': []}
    # Apache's library wants a time for the logical type; the bytes are those of the number.
    bare = json.loads(json.dumps(schema).replace(', "logicalType": "timestamp-millis"', ''))
    for value in values:
        case['values'].append(plain(value))
        case['hex'].append(written(bare, value).hex())
    if reader is not None:
        case['reader'] = reader
        try:
            case['read'] = [
                plain(fastavro.schemaless_reader(io.BytesIO(bytes.fromhex(one)), schema, reader)) for one in case['hex']
            ]
        except Exception as error:  # Whichever it is: that it is refused is what counts.
            case['refused'] = type(error).__name__
    return case


with open(FILE, 'w') as file:
    cases = [made(*case) for case in CASES]
    made_by = {'fastavro': fastavro.__version__, 'avro': '1.12.2'}
    json.dump({'madeBy': made_by, 'cases': cases}, file, ensure_ascii=False)
    file.write('\n')
for case in cases:
    print(case['name'], case.get('refused', case.get('read', '-') if len(case['hex']) < 5 else '...'))
