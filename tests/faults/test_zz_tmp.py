from time import monotonic
import asyncio
from tests.faults.test_postgres_away import *
@pytest.mark.parametrize("many",[1,5,30,30])
async def test_it(city: City, many) -> None:
    operator = city.issuer.headers("operator")
    officer = city.issuer.headers("identification_officer")
    async with city.started("intake") as intake, city.started("triage") as triage:
        complaint = await complain_until_answered(intake.client, new_id().hex)
        await city.settled()
        questions = {"complaint":
            lambda: intake.client.get(f"/complaints/{complaint}", headers=operator),
            "readyz": lambda: intake.client.get("/readyz"),
            "post": lambda: complain(intake.client),
            "iden": lambda: triage.client.get(f"/identifications/{complaint}", headers=officer),
            "list": lambda: triage.client.get("/identifications", headers=officer),
            "take": lambda: triage.client.post(f"/identifications/{complaint}/take", headers=officer),
        }
        out=[]
        async def t(ask):
            b=monotonic()
            try:
                a=await ask()
                return round(monotonic()-b,2), a.status_code
            except Exception as e:
                return round(monotonic()-b,2), repr(e)
        with hanging(city.servers.postgres):
            for n,q in questions.items():
              for i in range(2):
                r = await asyncio.gather(*(t(q) for _ in range(many)))
                out.append((many,n,i,sorted(r)[0],sorted(r)[-1]))
    with open("/tmp/faults/lat.txt","a") as f:
        for o in out: print(o,file=f)
