import protobuf from 'protobufjs';

/**
 * Writes small ONNX models for tests. The schema below is the part of onnx.proto (IR version 8)
 * that they need; field names and numbers are those of the ONNX specification.
 */
const schema = `
syntax = "proto3";
message AttributeProto {
  string name = 1; float f = 2; int64 i = 3; bytes s = 4; TensorProto t = 5;
  repeated float floats = 7; repeated int64 ints = 8; int32 type = 20;
}
message NodeProto {
  repeated string input = 1; repeated string output = 2; string name = 3; string op_type = 4;
  repeated AttributeProto attribute = 5;
}
message TensorProto {
  repeated int64 dims = 1; int32 data_type = 2; repeated float float_data = 4;
  repeated int64 int64_data = 7; string name = 8; bytes raw_data = 9;
}
message Dimension { oneof value { int64 dim_value = 1; string dim_param = 2; } }
message TensorShapeProto { repeated Dimension dim = 1; }
message TypeTensor { int32 elem_type = 1; TensorShapeProto shape = 2; }
message TypeProto { TypeTensor tensor_type = 1; }
message ValueInfoProto { string name = 1; TypeProto type = 2; }
message GraphProto {
  repeated NodeProto node = 1; string name = 2; repeated TensorProto initializer = 5;
  repeated ValueInfoProto input = 11; repeated ValueInfoProto output = 12;
}
message OperatorSetIdProto { string domain = 1; int64 version = 2; }
message ModelProto {
  int64 ir_version = 1; string producer_name = 2; GraphProto graph = 7;
  repeated OperatorSetIdProto opset_import = 8;
}`;
const modelType = protobuf.parse(schema, { keepCase: true }).root.lookupType('ModelProto');

const float32 = 1;
const int64 = 7;
const attributeTypes = { float: 1, int: 2, ints: 7 } as const;

/** A number as the ONNX attribute kind that the operator declares. */
export type Attribute =
  | { readonly float: number }
  | { readonly int: number }
  | { readonly ints: readonly number[] };

export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

export interface OnnxTensor {
  readonly type: 'float32' | 'int64';
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly constants: Readonly<Record<string, OnnxTensor>>;
  /** float32 tensors; a string is a dimension that may have any size. */
  readonly inputs: Readonly<Record<string, readonly (number | string)[]>>;
  readonly outputs: Readonly<Record<string, readonly (number | string)[]>>;
}

function encodeAttribute([name, value]: [string, Attribute]) {
  if ('float' in value) {
    return { name, type: attributeTypes.float, f: value.float };
  }
  if ('int' in value) {
    return { name, type: attributeTypes.int, i: value.int };
  }
  return { name, type: attributeTypes.ints, ints: value.ints };
}

function encodeConstant([name, tensor]: [string, OnnxTensor]) {
  const values = Array.from(tensor.values);
  return tensor.type === 'int64'
    ? { name, dims: tensor.shape, data_type: int64, int64_data: values }
    : {
        name,
        dims: tensor.shape,
        data_type: float32,
        raw_data: Buffer.from(Float32Array.from(values).buffer),
      };
}

function encodeValue([name, shape]: [string, readonly (number | string)[]]) {
  const dim = shape.map((size) =>
    typeof size === 'number' ? { dim_value: size } : { dim_param: size },
  );
  return { name, type: { tensor_type: { elem_type: float32, shape: { dim } } } };
}

/** The bytes of an ONNX file (opset 17) with this graph. */
export function buildOnnx(graph: OnnxGraph): Uint8Array {
  return modelType
    .encode(
      modelType.fromObject({
        ir_version: 8,
        producer_name: 'familiar-faces-tests',
        opset_import: [{ domain: '', version: 17 }],
        graph: {
          name: 'graph',
          node: graph.nodes.map((node, index) => ({
            name: `${node.op}${index}`,
            op_type: node.op,
            input: node.inputs,
            output: node.outputs,
            attribute: Object.entries(node.attributes ?? {}).map(encodeAttribute),
          })),
          initializer: Object.entries(graph.constants).map(encodeConstant),
          input: Object.entries(graph.inputs).map(encodeValue),
          output: Object.entries(graph.outputs).map(encodeValue),
        },
      }),
    )
    .finish();
}
