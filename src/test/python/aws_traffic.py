"""Holds what was asked of the emulated AWS and answered against AWS's published models.

aws_traffic.py FILE  reads the lines that the emulator's --record wrote; a member or a type that a model does not have is an error
"""

import json
import sys

import awscli.botocore.session
from awscli.botocore.validate import ParamValidator

SERVICES = {
    "AmazonEC2ContainerServiceV20141113": "ecs",
    "Logs_20140328": "logs",
    "secretsmanager": "secretsmanager",
    "AmazonSQS": "sqs",
    "ServiceQuotasV20190624": "service-quotas",
}


def main(file):
    session = awscli.botocore.session.get_session()
    models = {name: session.get_service_model(name) for name in SERVICES.values()}
    checked = set()
    wrong = []
    with open(file, encoding="utf-8") as lines:
        for number, line in enumerate(map(json.loads, lines), 1):
            target = {name.lower(): value for name, value in line["headers"].items()}["x-amz-target"]
            service, operation = target.rsplit(".", 1)
            model = models[SERVICES[service]].operation_model(operation)
            shapes = [(line["request"], model.input_shape)]
            if line["status"] == 200:
                shapes.append((line["response"], model.output_shape))
            else:
                names = [one.name for one in model.error_shapes]
                # Those that every service has are in no model.
                if line["response"]["__type"] not in [*names, "ThrottlingException"]:
                    wrong.append(f"{number}: {operation} has no error {line['response']['__type']}")
            for said, shape in shapes:
                if shape is not None:
                    report = ParamValidator().validate(said, shape)
                    if report.has_errors():
                        wrong.append(f"{number}: {operation}: {report.generate_report()}")
            checked.add(operation)
    for one in wrong:
        print("FAILED  " + one)
    if wrong or not checked:
        sys.exit(1)
    print(f"ok      all requests and answers are of AWS's models: {', '.join(sorted(checked))}")


if __name__ == "__main__":
    main(sys.argv[1])
