"""Users by the thousand or the million: an import file, the same for the same count, and the jobs that load it."""
import http.client
import time
import urllib.parse

ROLE = "arn:aws:iam::000000000000:role/import"
# AWS's bound for one job, which a file of 100 MB reaches first with long rows.
MOST_OF_A_JOB = 500_000
COLUMNS = "cognito:username,name,given_name,family_name,email,email_verified,phone_number,phone_number_verified,preferred_username,cognito:mfa_enabled\n"
GIVEN = ["Ada", "Alan", "Barbara", "Claude", "Edsger", "Frances", "Grace", "John", "Kathleen", "Ken", "Leslie", "Margaret", "Niklaus", "Radia", "Tony"]
FAMILY = ["Allen", "Backus", "Dijkstra", "Hamilton", "Hoare", "Hopper", "Kernighan", "Knuth", "Lamport", "Liskov", "Lovelace", "Perlman", "Ritchie",
          "Shannon", "Thompson", "Turing", "Wirth"]


def row(number):
    given, family = GIVEN[number % len(GIVEN)], FAMILY[number % len(FAMILY)]
    # In no order, as names are: consecutive numbers lie far apart.
    name = f"{given.lower()}.{number * 7_919 % 10_000_019:08d}"
    return f"{name},{given} {family},{given},{family},{name}@example.com,true,+1{2_000_000_000 + number},true,{family}-{number},false\n"


def username(number):
    return row(number).split(",", 1)[0]


def write(path, begin, end):
    with open(path, "w") as file:
        file.write(COLUMNS)
        file.writelines(row(number) for number in range(begin, end))


def upload(url, path):
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
    with open(path, "rb") as file:
        connection.request("PUT", f"{parts.path}?{parts.query}", file, {
            "Content-Length": str(path.stat().st_size), "x-amz-server-side-encryption": "aws:kms"})
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"upload: {answer.status} {body}")


def load(call, pool, directory, count):
    """Imports users 0 to count - 1 into the pool, which verifies e-mail addresses. Seconds that the jobs took."""
    seconds = 0
    for begin in range(0, count, MOST_OF_A_JOB):
        path = directory / f"users-{begin}.csv"
        write(path, begin, min(begin + MOST_OF_A_JOB, count))
        job = call("CreateUserImportJob", JobName=path.stem, UserPoolId=pool, CloudWatchLogsRoleArn=ROLE)["UserImportJob"]
        upload(job["PreSignedUrl"], path)
        path.unlink()
        which = {"UserPoolId": pool, "JobId": job["JobId"]}
        call("StartUserImportJob", **which)
        while "CompletionDate" not in job:
            time.sleep(0.05)
            job = call("DescribeUserImportJob", **which)["UserImportJob"]
        if job["Status"] != "Succeeded" or job["SkippedUsers"] or job["FailedUsers"]:
            raise RuntimeError(f"import: {job}")
        seconds += job["CompletionDate"] - job["StartDate"]
    return seconds
